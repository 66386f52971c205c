"""Grade a course in processes that are killed, or two at a time: `python interrupted.py TEMPLATE WORK COUNT`.

A step is a statement of SQL or a change of a file. TEMPLATE is graded undisturbed once, COUNT times by a
child that is killed just before a step, these evenly spread, looked at, and graded again to the end, and once
by two children at the same time, each of which grades some students. Prints, as JSON, what was there
undisturbed, for each kill what was there after it and at the end, and what the two left. No student code runs
here.
"""

import functools
import hashlib
import json
import math
import os
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

import disks
import nbgrader.api
import sqlalchemy

from autograder import tasks
from autograder.course import directory as courses
from autograder.course import grading_run as classes
from autograder.engine import answers, grading, submission
from autograder.engine.judge import Finding

ASSIGNMENT = "gmm-two-ways"
HALVES = ["ada", "bela"], ["chen"]  # graded by two at the same time


def judged(workers, path, release, rules, *_):
    """A result that depends on the student only, and a record."""
    words = hashlib.sha256(path.parents[1].name.encode()).digest()
    finding = Finding("a-mistake", "Look again.", "Really.")
    results = {
        task.id: grading.TaskResult(float(word % task.points), task.points, "partial", (finding,))
        for word, task in zip(words, rules.tasks, strict=False)
    }
    return grading.Result("graded", (), results, submission.read(path, release)), words


def contents(course):
    """What a course holds, without the ids and times that nbgrader makes up."""
    files = {
        str(path.relative_to(course.root)): path.read_text()
        for folder in ("autograded", "reports/" + ASSIGNMENT)
        for path in sorted((course.root / folder).rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    rows, path = {}, course.root / "gradebook.db"
    if path.is_file():
        with sqlite3.connect(path) as book:
            tables = [name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            rows = {name: book.execute(f"SELECT count(*) FROM {name}").fetchone() for name in tables}
            rows["grades"] = sorted(
                book.execute(
                    "SELECT student_id, base_cell.name, auto_score, needs_manual_grade, manual_score "
                    "FROM grade JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id "
                    "JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id "
                    "JOIN base_cell ON base_cell.id = grade.cell_id"
                ),
                key=str,
            )
            rows["comments"] = sorted(
                book.execute(
                    "SELECT student_id, base_cell.name, auto_comment, manual_comment, "
                    "late_submission_penalty "
                    "FROM comment JOIN submitted_notebook ON comment.notebook_id = submitted_notebook.id "
                    "JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id "
                    "JOIN base_cell ON base_cell.id = comment.cell_id"
                ),
                key=str,
            )
    return {"files": files, "rows": rows}


class Killer:
    """Ends this process just before its n-th step or commit.

    Steps of the threads that judge come at other places in each run; commits are the main thread's alone.
    """

    def __init__(self, step=math.inf, commit=math.inf):
        self.steps, self.commits, self.last_step, self.last_commit = 0, 0, step, commit
        sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", lambda *_: self())
        sqlalchemy.event.listen(sqlalchemy.Engine, "commit", lambda *_: self.at_commit())
        for name in ("replace", "link", "fsync", "unlink"):
            setattr(os, name, self.before(getattr(os, name)))

    def __call__(self):
        self.steps += 1
        if self.steps == self.last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    def at_commit(self):
        self.commits += 1
        if self.commits == self.last_commit:
            os.kill(os.getpid(), signal.SIGKILL)
        self()

    def before(self, function):
        def called(*arguments, **options):
            self()
            return function(*arguments, **options)

        return called


def child_that_does(work):
    """A fork -> its number."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child


def was_killed(child):
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), status
    return status != 0


def in_child(work):
    """Do `work` in a fork -> whether it was killed."""
    return was_killed(child_that_does(work))


def ask_once():
    """What each child would ask anew, of a process for seconds and of our files, and what it would import."""
    nbgrader.api.get_alembic_version = lambda: "as measured"
    answers.asking_version = functools.cache(answers.asking_version)
    answers.asking_version(None)  # as a grader asks
    tasks.load(ASSIGNMENT)


def main(template, work, count):
    classes.Workers.judged, classes.Workers.launch = judged, lambda *_: None
    ask_once()

    def course_of(name):
        return courses.Course(shutil.copytree(template, Path(work, name)))

    def grade(course, students=None):
        classes.grade(course, ASSIGNMENT, students, classes.Running(jobs=1))

    def grade_and_count(course):
        killer = Killer()
        grade(course)
        Path(work, "steps").write_text(json.dumps([killer.steps, killer.commits]))

    course = course_of("undisturbed")
    in_child(lambda: grade_and_count(course))
    steps, commits = json.loads(Path(work, "steps").read_text())
    found = {"undisturbed": contents(course), "killed": []}
    # Of the last commits three are of the students and two of the report: once between two students, too.
    evenly = [{"step": (2 * place + 1) * steps // (2 * count)} for place in range(count)]
    for number, moment in enumerate([*evenly, {"commit": commits - 3}]):
        course = course_of(str(number))
        assert in_child(lambda moment=moment, course=course: (Killer(**moment), grade(course)))
        after = contents(course)
        assert not in_child(lambda course=course: grade(course))
        found["killed"].append({"after": after, "end": contents(course)})
    course = course_of("halves")
    halves = [child_that_does(lambda half=half: grade(course, half)) for half in HALVES]
    assert not any([was_killed(half) for half in halves])
    print(json.dumps(found | {"halves": contents(course)}))


if __name__ == "__main__":
    with disks.not_waited_for():
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
