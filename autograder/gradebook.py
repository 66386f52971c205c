"""Results <-> nbgrader's gradebook, by its own API (SQLite by default, PostgreSQL by URL)."""

import contextlib
import os
import warnings
from typing import NamedTuple

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import SaveCells
from sqlalchemy.exc import SAWarning
from traitlets.config import PyFileConfigLoader

from autograder import submission
from autograder.course import environment_with_tools


class Score(NamedTuple):
    """What the gradebook says of one submission."""

    score: float  # automatic and entered manual points, less the penalty
    manual_pending: float  # points of the answers that a person has yet to read


def database(course):
    """(URL, course id) from the course's nbgrader_config.py."""
    settings = {}
    if (course.root / "nbgrader_config.py").is_file():
        loaded = PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config()
        settings = loaded.get("CourseDirectory", {})
    url = settings.get("db_url") or f"sqlite:///{course.root / 'gradebook.db'}"
    return url, settings.get("course_id") or "default_course"


@contextlib.contextmanager
def opened(course):
    """The course's Gradebook."""
    os.environ["PATH"] = environment_with_tools()["PATH"]
    # nbgrader builds its submissions in an order of which SQLAlchemy warns.
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader.api")
    url, course_id = database(course)
    with Gradebook(url, course_id) as book:
        yield book


def ensure_assignment(course, assignment, release):
    """Enter the assignment and its cells as nbgrader does, unless they are there already.

    Args:
        release: the release notebook, whose cells hold ids and points.
    """
    graded = {
        submission.grade_id(cell): submission.points(cell)
        for cell in release.cells
        if submission.points(cell) is not None
    }
    with opened(course) as book:
        try:
            notebook = book.find_notebook(assignment, assignment)
            known = {cell.name: cell.max_score for cell in notebook.grade_cells}
        except MissingEntry:
            book.update_or_create_assignment(assignment, course_id=book.course_id)
            known = {}
    if known != graded:
        url, _ = database(course)
        about = {"notebook": assignment, "assignment": assignment, "db_url": url}
        SaveCells().preprocess(release, {"nbgrader": about})


def store(book, assignment, student, result):
    """Enter one result in one transaction; manual scores, comments and penalties stay."""
    book.update_or_create_student(student)
    entry = book.update_or_create_submission(assignment, student)
    (notebook,) = [part for part in entry.notebooks if part.name == assignment]
    for grade in notebook.grades:
        task = result.tasks.get(grade.name.removeprefix("test_"))
        if task is not None:
            judged = result.status == "graded" and task.outcome != "ungraded"
            grade.auto_score = task.points if judged else None
        else:
            answered = result.submission and grade.name not in result.submission.untouched
            grade.auto_score = None if answered or result.status != "graded" else 0.0
        grade.needs_manual_grade = grade.auto_score is None and grade.manual_score is None
    for comment in notebook.comments:
        task = result.tasks.get(comment.name)
        comment.auto_comment = "\n".join(lines_about(task)) if task and task.findings else None
    book.db.commit()


def lines_about(task):
    """A task's findings as lines of text."""
    return [
        f"{finding.message} {finding.hint}".strip() for finding in task.findings if finding.message
    ]


def score(book, assignment, student):
    """The Score of a submission."""
    notebook = book.find_submission_notebook(assignment, assignment, student)
    penalty = notebook.late_submission_penalty or 0.0
    pending = sum(
        grade.max_score
        for grade in notebook.grades
        if grade.needs_manual_grade and not grade.name.startswith("test_")
    )
    return Score(round(notebook.score - penalty, 2), pending)


def students(book):
    """{student id: (last name, first name, email)}."""
    return {
        student.id: (student.last_name or "", student.first_name or "", student.email or "")
        for student in book.students
    }
