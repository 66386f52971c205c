"""Killed, locked out, out of space: what was entered stays whole, and the next `grade` goes on."""

import contextlib
import errno
import functools
import json
import os
import random
import shlex
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from interrupted import contents

from autograder.course import atomic, gradebook, locks
from autograder.course import directory as courses
from autograder.course import grading_run as classes
from autograder.engine import grading, submission
from autograder.jail import bubblewrap

ASSIGNMENT = "gmm-two-ways"
NOTEBOOK = Path(ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "submitted"
INTERRUPTED = Path(__file__).with_name("interrupted.py")


# The command line, but for a process that nbgrader starts with each new gradebook, for seconds.
COMMAND = """
import nbgrader.api
from autograder.__main__ import main
nbgrader.api.get_alembic_version = lambda: "as measured"
main()
"""


def run(*words):
    words = [sys.executable, "-m", "autograder", *map(str, words)]
    return subprocess.run(words, capture_output=True, text=True)


def all_right(workers, path, release, rules, *_):
    results = {t.id: grading.TaskResult(float(t.points), t.points, "correct") for t in rules.tasks}
    return grading.Result("graded", (), results, submission.read(path, release)), b"record"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A course in which nothing was graded."""
    made = courses.init(tmp_path_factory.mktemp("template") / "course")
    for student in ("ada", "bela", "chen"):
        shutil.copytree(EXAMPLES / student, made.root / "submitted" / student)
    return made


@pytest.fixture(scope="module")
def graded_once(template, tmp_path_factory):
    """The same course, all right."""
    made = courses.Course(shutil.copytree(template.root, tmp_path_factory.mktemp("graded") / "course"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classes.Workers, "judged", all_right)
        patch.setattr(classes.Workers, "launch", lambda *_: None)
        classes.grade(made, ASSIGNMENT)
    return made


def files(place):
    return {
        path: path.read_bytes()
        for folder in ("autograded", "reports", "gradebook.db")
        for path in [place.root / folder, *(place.root / folder).rglob("*")]
        if path.is_file() and ".locks" not in path.parts
    }


def test_workers_start_early_for_what_has_to_run_and_for_nothing_else(place, monkeypatch):
    started = []
    monkeypatch.setattr(classes.Workers, "judged", all_right)
    monkeypatch.setattr(classes.Workers, "launch", lambda _, count, preload: started.append(count))
    classes.grade(place, ASSIGNMENT)
    classes.grade(place, ASSIGNMENT, running=classes.Running(jobs=2), redo=classes.Redo(run=True))
    with place.submissions(ASSIGNMENT)["ada"].path.open("a") as file:
        file.write(" ")
    classes.grade(place, ASSIGNMENT, running=classes.Running(jobs=2))
    assert started == [0, 2, 1]


# --- out of time ----------------------------------------------------------------------------------


class SlowBesideOthers:
    """Stands for `Workers.judged`: ada runs out of time in her first run, beside which bela's runs."""

    def __init__(self, place, monkeypatch, later=1.0):
        self.place, self.later, self.calls, self.running = place, later, [], []
        self.together = threading.Barrier(2, timeout=60)
        monkeypatch.setattr(classes.Workers, "judged", self.judged)
        monkeypatch.setattr(classes.Workers, "launch", lambda *_: None)

    def judged(self, path, release, rules, secret, known):
        student = path.parts[-3]
        again = (student, False) in [call[:2] for call in self.calls]
        self.running.append(student)
        if student != "chen" and not again:
            self.together.wait()
        first = student == "ada" and not again
        self.calls.append((student, again, len(self.running), len(self.kept())))
        result, record = all_right(None, path, release, rules)
        if student == "ada":
            share, outcome = (0.5, "timeout") if first else (self.later, "partial")
            tasks = {
                name: task._replace(points=share * task.max, outcome=outcome)
                for name, task in result.tasks.items()
            }
            result, record = result._replace(tasks=tasks), b"first" if first else b"second"
        self.running.remove(student)
        return result, record

    def kept(self):
        return list(self.place.results().glob("*")) if self.place.results().is_dir() else []

    def grade(self, jobs=2):
        seen = []
        watcher = classes.Watcher(lambda student, result: seen.append((student, result.automatic)))
        report = classes.grade(self.place, ASSIGNMENT, running=classes.Running(jobs=jobs), watcher=watcher)
        return seen, {student: row["score"] for student, row in report["students"].items()}


@pytest.fixture
def ungraded_place(template, tmp_path):
    return courses.Course(shutil.copytree(template.root, tmp_path / "copy"))


@pytest.mark.parametrize(("later", "counts"), [(0.7, 0.7), (0.5, 0.5), (0.1, 0.5)])
def test_who_ran_out_of_time_beside_others_runs_again_alone_and_has_the_better(
    ungraded_place, monkeypatch, later, counts
):
    slow = SlowBesideOthers(ungraded_place, monkeypatch, later)
    seen, scores = slow.grade()
    whole = scores["bela"]
    assert sorted(student for student, _ in seen) == ["ada", "bela", "chen"] and seen[-1][0] == "ada"
    assert [seen[-1][1], scores["ada"]] == pytest.approx([counts * whole] * 2) and scores["chen"] == whole
    # Alone, after all others, and nothing of the first run was kept before.
    assert len(slow.calls) == 4 and slow.calls[-1] == ("ada", True, 1, 2)
    records = [path.read_bytes() for path in ungraded_place.answers().glob("*")]
    assert sorted(records) == [b"record"] * 2 + [b"second"] * (later >= 0.5)
    # The next grader has all results.
    again, _ = slow.grade()
    assert sorted(again) == sorted(seen) and len(slow.calls) == 4


def test_who_ran_out_of_time_alone_does_not_run_again(ungraded_place, monkeypatch):
    slow = SlowBesideOthers(ungraded_place, monkeypatch)
    slow.together = threading.Barrier(1)
    seen, scores = slow.grade(jobs=1)
    assert [student for student, _ in seen] == ["ada", "bela", "chen"]
    assert len(slow.calls) == len(slow.kept()) == 3 and scores["ada"] == pytest.approx(scores["bela"] / 2)


def test_a_grader_that_ends_before_that_run_leaves_it_to_the_next(ungraded_place, monkeypatch):
    slow = SlowBesideOthers(ungraded_place, monkeypatch)
    judge = classes.Grader.judge

    def interrupted(grader, handed_in, *how):
        if handed_in.path in grader.late:
            raise KeyboardInterrupt
        return judge(grader, handed_in, *how)

    with monkeypatch.context() as patch:
        patch.setattr(classes.Grader, "judge", interrupted)
        with pytest.raises(KeyboardInterrupt):
            slow.grade()
    assert len(slow.kept()) == 2
    slow.together, slow.calls = threading.Barrier(1), []
    slow.grade()
    assert slow.calls[-1] == ("ada", False, 1, 2) and len(slow.kept()) == 3


# --- killed ---------------------------------------------------------------------------------------


# There is always one more, between two students.
@pytest.fixture(scope="module", params=[0, pytest.param(60, marks=pytest.mark.slow)])
def disturbed(request, template, tmp_path_factory):
    """(how often a grader was killed, what was found)."""
    work = tmp_path_factory.mktemp("disturbed") / "work"
    words = [sys.executable, INTERRUPTED, template.root, work, str(request.param)]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return request.param, json.loads(done.stdout)


def test_killed_at_any_step_the_next_grade_ends_as_if_undisturbed(disturbed):
    kills, found = disturbed
    whole = found["undisturbed"]
    assert len(whole["files"]) == 4 and len({student for student, *_ in whole["rows"]["grades"]}) == 3
    partly = 0
    for seen in found["killed"]:
        assert seen["end"] == whole
        assert is_part_of(seen["after"], whole)
        partly += 0 < len({student for student, *_ in seen["after"]["rows"].get("grades", ())}) < 3
    assert len(found["killed"]) == kills + 1 and partly


def class_of_forty(root):
    """Forty different submissions of the sample class, without the hostile one."""
    made = courses.init(root)
    (root / courses.SECRET_FILE).write_text("forty")
    samples = ["ada", "bela", "chen", "dora", "emil", "fatima", "José María"]
    for number in range(40):
        notebook = json.loads((EXAMPLES / samples[number % 7] / NOTEBOOK).read_text())
        notebook["cells"].append(
            {
                "cell_type": "code",
                "metadata": {},
                "outputs": [],
                "id": "number",
                "execution_count": None,
                "source": f"number = {number}",
            }
        )
        path = root / "submitted" / f"student-{number:02}" / NOTEBOOK
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook))
    return made


@pytest.mark.slow
def test_a_class_of_forty_survives_thirty_kills(tmp_path):
    undisturbed, place = (class_of_forty(tmp_path / name) for name in ("undisturbed", "disturbed"))
    assert run("grade", ASSIGNMENT, "--course", undisturbed.root).returncode == 0
    whole, moments, kept = contents(undisturbed), random.Random(0), []
    words = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--course", str(place.root)]
    for _ in range(30):
        grader = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            grader.wait(moments.uniform(1, 12))
        grader.kill()
        grader.wait()
        assert is_part_of(contents(place), whole)
        kept.append(sum(1 for _ in place.results().glob("*.json")))
    print("results kept after each kill:", kept)
    assert kept[4] < 40
    assert subprocess.run(words, stdout=subprocess.DEVNULL).returncode == 0
    assert contents(place) == whole


def is_part_of(found, whole):
    """Whether each file, and each student's rows in the gradebook, are as in the whole or not there."""
    tables = []
    for table in ("grades", "comments"):
        rows = found["rows"].get(table, [])
        students = {student for student, *_ in rows}
        tables.append(rows == [row for row in whole["rows"][table] if row[0] in students])
    return all(tables) and all(whole["files"][path] == text for path, text in found["files"].items())


# --- two graders ----------------------------------------------------------------------------------


def test_a_second_grader_of_the_class_says_who_is_at_work(place, here):
    before = files(place)
    with locks.grading(place, ASSIGNMENT, alone=True):
        done = here("grade", ASSIGNMENT, "--course", place.root)
        assert done.returncode == 1 and "Traceback" not in done.stderr
        assert f"process {os.getpid()} on {os.uname().nodename} since 20" in " ".join(done.stderr.split())
        assert "--wait" in done.stderr
        with pytest.raises(locks.Busy):
            classes.grade(place, ASSIGNMENT, students=["ada"])
    assert files(place) == before


LOCKED = f"""
import pathlib, sys, time
from autograder.course import locks
from autograder.course.directory import Course
course = Course(pathlib.Path(sys.argv[1]))
with locks.grading(course, {ASSIGNMENT!r}, alone=True, on_wait=lambda who: print(who, flush=True)):
    print("at work", flush=True)
    sys.stdin.readline()
"""


def test_a_second_grader_waits_when_told_so_and_its_lock_ends_with_it(place):
    with locks.grading(place, ASSIGNMENT, alone=True):
        words = [sys.executable, "-c", LOCKED, str(place.root)]
        other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert f"process {os.getpid()}" in other.stdout.readline()
    assert other.stdout.readline() == "at work\n"
    with pytest.raises(locks.Busy, match=f"process {other.pid} on"):
        with locks.grading(place, ASSIGNMENT, alone=True):
            pass
    other.kill()
    other.wait()
    with locks.grading(place, ASSIGNMENT, alone=True):
        pass
    other.stdin.close()
    other.stdout.close()


def test_graders_of_single_students_work_side_by_side_but_not_beside_one_of_the_class(place):
    with locks.grading(place, ASSIGNMENT, alone=False), locks.grading(place, ASSIGNMENT, alone=False):
        classes.grade(place, ASSIGNMENT, students=["ada"])
        with pytest.raises(locks.Busy):
            classes.grade(place, ASSIGNMENT)
    classes.grade(place, ASSIGNMENT)


def test_two_graders_of_two_halves_lose_no_row(disturbed):
    _, found = disturbed
    assert found["halves"] == found["undisturbed"]


# --- no room, no rights ---------------------------------------------------------------------------


def state(place):
    """What the course holds, and whether drafts were left."""
    drafts = [path for path in place.root.rglob(".*") if path.suffix == ".draft"]
    return contents(place), drafts


@pytest.mark.parametrize("room", [*(pytest.param(room, marks=pytest.mark.slow) for room in (0, 60)), 320])
def test_a_full_disk_ends_with_words_and_leaves_nothing_half_written(template, graded_once, tmp_path, room):
    """A course on a file system of its own, with `room` KB left when grading begins."""
    kept = graded_once.root / "reports" / ".results"
    small, after = tmp_path / "small", tmp_path / "after"
    small.mkdir()
    after.mkdir()
    at = shlex.quote(str(small))
    script = f"""
        cp -r {shlex.quote(str(template.root))}/. {at} && mkdir -p {at}/reports &&
        cp -r {shlex.quote(str(kept))} {at}/reports/ &&
        fallocate -l $(( ($(stat -f -c '%a * %S' {at})) - {room << 10} )) {at}/filler
        {shlex.join([sys.executable, "-c", COMMAND])} grade {ASSIGNMENT} --course {at}; status=$?
        rm {at}/filler; cp -r {at}/. {shlex.quote(str(after))}; exit $status
    """
    done = subprocess.run(
        [
            bubblewrap.bubblewrap()[0],
            "--dev-bind",
            "/",
            "/",
            "--size",
            str(8 << 20),
            "--tmpfs",
            small,
            "--",
            "sh",
            "-c",
            script,
        ],
        capture_output=True,
        text=True,
    )
    place = courses.Course(after)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert f"No space left on device: {small}" in done.stderr or "database or disk is full" in done.stderr
    found, drafts = state(place)
    whole, _ = state(graded_once)
    assert not drafts
    assert is_part_of(found, whole)
    classes.grade(place, ASSIGNMENT)
    assert state(place) == (whole, [])


def test_a_read_only_course_ends_with_words(place):
    before = files(place)
    done = subprocess.run(
        [
            bubblewrap.bubblewrap()[0],
            "--dev-bind",
            "/",
            "/",
            "--ro-bind",
            place.root,
            place.root,
            "--",
            sys.executable,
            "-m",
            "autograder",
            "grade",
            ASSIGNMENT,
            "--course",
            place.root,
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "Read-only file system: " + str(place.root) in " ".join(done.stderr.split())
    assert files(place) == before


def test_a_locked_gradebook_ends_with_words(place, here, monkeypatch):
    before = files(place)
    book = sqlite3.connect(place.root / "gradebook.db")
    book.execute("BEGIN EXCLUSIVE")
    impatient = functools.partial(sqlite3.dbapi2.connect, timeout=0.5)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", impatient)
    done = here("grade", ASSIGNMENT, "--course", place.root)
    book.close()
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "database is locked" in done.stderr and "run the same command again" in done.stderr
    assert files(place) == before


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    atomic.write(path, "old")
    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, fails)
            with pytest.raises(OSError, match="No space left") as caught:
                atomic.write(path, "new")
        assert caught.value.filename == str(path)
        assert path.read_text() == "old" and os.listdir(tmp_path) == ["file"]
    atomic.write(path, b"new")
    assert path.read_text() == "new" and path.stat().st_mode & 0o777 == 0o644


def fails(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# --- grading again --------------------------------------------------------------------------------


def test_three_more_gradings_change_nothing(place):
    with gradebook.opened(place) as book:
        notebook = book.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "ada")
        notebook.late_submission_penalty = 7
        book.find_grade("means_mse", ASSIGNMENT, ASSIGNMENT, "ada").manual_score = 3
        book.find_grade("test_mstep", ASSIGNMENT, ASSIGNMENT, "ada").manual_score = 11
        book.find_comment("means_mse", ASSIGNMENT, ASSIGNMENT, "ada").manual_comment = "Nearly."
        book.db.commit()
    seen = []
    again = ({"redo": classes.Redo(run=True)}, {"redo": classes.Redo(judge=True)}, {"students": ["ada"]})
    for how in ({}, *again):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(classes.Workers, "judged", all_right)
            patch.setattr(classes.Workers, "launch", lambda *_: None)
            classes.grade(place, ASSIGNMENT, **how)
        seen.append(contents(place))
    assert seen == [seen[0]] * 4
    row = classes.read_report(place, ASSIGNMENT)["students"]["ada"]
    assert row["score"] == 91 - 15 + 11 + 3 - 7 and row["manual_pending"] == 4
