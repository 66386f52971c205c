"""Who of a course was graded, who was not, and whose grade is of an earlier submission."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.course.directory import Course
from autograder.course.folders import HandedIn
from autograder.course.term.roster import Person, everyone
from autograder.engine import submission
from autograder.engine.grading import Report, Row, Status

REPLACED = submission.Flag(
    "newer-submission", "The submission was replaced after this grading, and has not been graded again."
)


class Standing(NamedTuple):
    """The students of a course, for one assignment."""

    people: dict[str, Person]  # all of them, by student
    missing: list[str]  # who handed in no notebook
    waiting: list[str]  # who handed in, but was not graded yet


def standing_of(course: Course, graded: Report) -> Standing:
    """The Standing for an assignment.

    Args:
        graded: as in grades.json.
    """
    from autograder.course import gradebook  # takes a second

    with gradebook.opened(course) as book:
        people = everyone(course, gradebook.students(book))
    handed_in = course.submissions(graded["assignment"]).keys()
    missing = [student for student in people if student not in handed_in | graded["students"].keys()]
    return Standing(people, missing, [s for s in handed_in if s not in graded["students"]])


def replaced_in(course: Course, assignment: str) -> set[str]:
    """As `replaced`, of the rows of grades.json; nobody where an assignment was not graded or is gone."""
    path = course.grades(assignment)
    if not path.is_file() or not course.release(assignment).is_file():
        return set()
    return replaced(course, assignment, json.loads(path.read_text(encoding="utf-8"))["students"])


def replaced(course: Course, assignment: str, rows: Mapping[str, Row]) -> set[str]:
    """Students whose submission is not the one that was graded.

    Args:
        rows: of grades.json.
    """
    handed_in = course.submissions(assignment)
    release = submission.read_release(course.release(assignment))
    return {
        student
        for student, row in rows.items()
        if student in handed_in
        and _is_other(handed_in[student], row, course.autograded(student, assignment), release)
    }


def _is_other(handed_in: HandedIn, row: Row, graded: Path, release: NotebookNode) -> bool:
    was_readable = row["status"] == Status.GRADED
    if handed_in.refusal is not None:
        return was_readable
    try:
        if was_readable and handed_in.path.stat().st_ctime <= graded.stat().st_mtime:
            return False  # not touched since
        answers, added = _written(submission.read(handed_in.path, release).notebook)
        if not was_readable:
            return True
        answers_then, added_then = _written(json.loads(graded.read_text(encoding="utf-8")))
        return added != added_then or any(text != answers_then.get(id, "") for id, text in answers.items())
    except (submission.Unreadable, OSError):
        return was_readable


def _written(notebook):
    """What the student wrote of a merged notebook: {id: text} of the answers, and the texts of added cells.

    The other cells are the release's, which may have been corrected since.
    """
    cells = [(cell, "".join(cell["source"])) for cell in notebook["cells"]]
    answers = {submission.grade_id(cell): text for cell, text in cells if submission.is_answer(cell)}
    return answers, [text for cell, text in cells if cell.get("id", "").startswith(submission.ADDED)]
