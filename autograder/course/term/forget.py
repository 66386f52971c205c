"""Remove everything of one student from a course, and say what still names the student."""

import contextlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import MissingEntry
from sqlalchemy.engine import make_url

from autograder.course import gradebook, locks
from autograder.course.atomic import write
from autograder.course.directory import Course, CourseError
from autograder.course.grading_run import Grader, read_report, write_report
from autograder.course.term import attempts, history, roster, tables
from autograder.course.workers import Workers
from autograder.jail import DEFAULT_LIMITS
from autograder.report import spreadsheet

LARGEST_SEARCHED = 50 << 20
# What is made again from the other students by the commands of its name.
MADE_AGAIN = ("report.html", "similar.html", "*.csv", "feedback-*.zip")
SHORTEST = 4  # letters of what is searched for: a shorter name is a part of too many words


class Traces(NamedTuple):
    """What a course holds of one student."""

    folders: list[Path]
    files: list[Path]  # to be made again without the student
    rows: list[str]  # words: what is taken out of files and the gradebook
    caches: list[Path]  # kept answers and results that belong to no other student


def assignments_of(course: Course) -> list[str]:
    """Names of all assignments of which anything is here."""
    places = [course.root / "reports", course.root / "collected", course.root / "assignments"]
    logs = history.place_of(course, "").parent.glob("*.jsonl")
    names = {path.name for place in places for path in place.glob("[!.]*") if path.is_dir()}
    return sorted(names | {path.stem for path in logs})


def traces(course: Course, student: str) -> Traces:
    """The Traces of a student.

    Raises:
        CourseError: the course holds nothing of this student.
    """
    fault = roster.unusable(student)
    if fault:
        raise CourseError(f"Expected a student's id, got one that {fault}.")
    assignments = assignments_of(course)
    places = [course.root / name / student for name in ("submitted", "autograded", "feedback")]
    places += [attempts.folder(course, name) / student for name in assignments]
    folders = [place for place in places if place.is_symlink() or place.is_dir()]
    rows = list(_rows(course, student, assignments))
    if not folders and not rows:
        raise CourseError(f"Expected a student of this course, found nothing of {student}.")
    made = [
        path for name in assignments for pattern in MADE_AGAIN for path in course.reports(name).glob(pattern)
    ]
    made += (course.root / "reports").glob("grades.xlsx")
    return Traces(folders, sorted(set(made)), rows, _caches(course, student, assignments))


def _rows(course, student, assignments):
    """Words for what is to be taken out."""
    if student in roster.read(course):
        yield "the row in roster.csv"
    if _other_rows(course, student) is not None:
        yield "the rows in extensions.csv"
    with gradebook.opened(course) as book, contextlib.suppress(MissingEntry):
        count = len(book.find_student(student).submissions)
        yield f"the student in the gradebook, with all points and comments, in assignments: {count}"
    for name in assignments:
        if student in read_report(course, name)["students"]:
            yield f"the row in reports/{name}/grades.json"
        if student in attempts.read(course, name):
            yield f"the attempts in collected/{name}/attempts.json"
        if any(entry.student == student for entry in history.read(course, name)):
            yield f"the changes and complaints in reports/.log/{name}.jsonl"


def _other_rows(course, student):
    """Text of extensions.csv without the rows of a student; None where there are none."""
    path = course.root / "extensions.csv"
    if not path.is_file():
        return None
    table = tables.read(path)
    column = next((name for name in table.header if name.casefold() == "student"), None)
    found = {
        number
        for number, record in table.records()
        if column and spreadsheet.plain(record.get(column, "")) == student
    }
    if not found:
        return None
    starts = [row[0].start for row in table.rows] + [len(table.text)]
    starts[0] = 0  # with a byte order mark
    kept = [table.text[starts[n] : starts[n + 1]] for n in range(len(table.rows)) if n not in found]
    return "".join(kept).encode(table.encoding)


def _caches(course, student, assignments):
    """Kept answers and results that belong to no other student's notebook, graded with the usual limits."""
    others = set()
    for name in assignments:
        if not course.release(name).is_file():
            continue
        notebooks = [one.path for who, one in course.submissions(name).items() if who != student]
        for jailed in (False, True):
            grader = Grader(course, name, Workers(DEFAULT_LIMITS, jailed))
            with contextlib.suppress(CourseError):  # the judge is gone or broken
                grader.load_rules()
            others |= {path for one in notebooks for path in grader.identity(one) or ()}
    found = [path for place in (course.answers(), course.results()) for path in place.glob("*")]
    return sorted(set(found) - others)


def forget(course: Course, student: str, found: Traces) -> None:
    """Remove what `traces` found; a second call ends what a first one began.

    Raises:
        locks.Busy: somebody grades one of the assignments.
        CourseError: the gradebook refused.
        OSError: a file could not be removed.
    """
    with contextlib.ExitStack() as held:
        for name in assignments_of(course):
            held.enter_context(locks.grading(course, name, alone=True))
        held.enter_context(locks.recording(course))
        for path in (*found.files, *found.caches):
            path.unlink(missing_ok=True)
        for folder in found.folders:
            if folder.is_symlink():
                folder.unlink()
            elif folder.is_dir():
                shutil.rmtree(folder)
        for name in assignments_of(course):
            _take_out_of_reports(course, name, student)
        if (rest := _other_rows(course, student)) is not None:
            path = course.root / "extensions.csv"
            write(path, rest, mode=path.stat().st_mode & 0o777)
        _take_out_of_gradebook(course, student)
        people = roster.read(course)
        if people.pop(student, None):
            roster.save(course, people)


def _take_out_of_reports(course, assignment, student):
    report = read_report(course, assignment)
    if report["students"]:
        report["students"].pop(student, None)
        write_report(course, report)
    course.newer_rows(assignment).unlink(missing_ok=True)  # which may name who is not in grades.json yet
    known = attempts.read(course, assignment)
    if known.pop(student, None):
        attempts.save(course, assignment, known)
    entries = history.read(course, assignment)
    others = [entry for entry in entries if entry.student != student]
    if len(others) < len(entries):
        history.replace(course, assignment, others)


def _take_out_of_gradebook(course, student):
    with gradebook.opened(course) as book, gradebook.transaction(book):
        with contextlib.suppress(MissingEntry):
            book.remove_student(student)
    url = make_url(gradebook.database(course)[0])
    if url.get_backend_name() == "sqlite":
        # What was deleted stays in the file until its pages are written anew.
        try:
            with contextlib.closing(sqlite3.connect(url.database or "")) as database:
                database.execute("VACUUM")
        except sqlite3.OperationalError as error:
            raise CourseError(
                f"The gradebook is in use ({error}), so parts of it may still hold what was deleted. "
                "Close the formgrader, and run the command again."
            ) from error


def words_of(person: roster.Person, others: Iterable[roster.Person]) -> list[str]:
    """By what files name a student, and no other.

    Args:
        person: the student's `roster.Person`.
        others: those of other students.
    """
    words = {person.student, person.sis_id, person.login, person.email, person.canvas_id, *_names(person)}
    of_others = {name for other in others for name in _names(other)}
    return sorted(word for word in words - of_others if len(word) >= SHORTEST)


def _names(person):
    """A student's name as people write it and as Canvas sorts it."""
    return person.name, person.sortable


def still_named(course: Course, words: Iterable[str]) -> list[Path]:
    """Files of the course that hold any of these words in UTF-8, and files and folders named after one."""
    forms = {form for word in words for form in (word.encode(), json.dumps(word)[1:-1].encode())}
    # A number is no part of a longer one, nor of a checksum.
    pattern = re.compile(rb"(?<![0-9A-Za-z])(?:" + b"|".join(map(re.escape, forms)) + rb")(?![0-9A-Za-z])")
    return [path for path in sorted(course.root.rglob("*")) if forms and _names_one(path, pattern)]


def _names_one(path, pattern):
    if pattern.search(os.fsencode(path.name)):
        return True
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_SEARCHED:
        return False
    return pattern.search(path.read_bytes()) is not None
