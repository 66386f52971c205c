"""Results <-> nbgrader's gradebook, by its own API (SQLite by default, PostgreSQL by URL)."""

import contextlib
import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.api import Assignment, BaseCell, Grade, Gradebook, InvalidEntry, MissingEntry, Notebook
from nbgrader.preprocessors import SaveCells
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.orm import with_polymorphic
from traitlets.config import PyFileConfigLoader

from autograder.course.atomic import put_new
from autograder.course.directory import Course, CourseError, environment_with_tools
from autograder.engine import submission
from autograder.engine.grading import Result, Status, TaskResult
from autograder.engine.judge import Outcome
from autograder.engine.submission import Submission
from autograder.report.marks import Mark, Score

Texts = Mapping[str, str]  # {cell id: text}
Again = dict[str, float]  # {id: manual points} of the written answers that a person must read again
SERVER_LOCK = 0x61757467  # any number that all graders agree on


def database(course: Course) -> tuple[str, str]:
    """(URL, course id) from the course's nbgrader_config.py."""
    settings = {}
    if (course.root / "nbgrader_config.py").is_file():
        loaded = PyFileConfigLoader("nbgrader_config.py", path=str(course.root)).load_config()
        settings = loaded.get("CourseDirectory", {})
    url = settings.get("db_url") or f"sqlite:///{course.root / 'gradebook.db'}"
    return url, settings.get("course_id") or "default_course"


@contextlib.contextmanager
def opened(course: Course) -> Iterator[Gradebook]:
    """The course's Gradebook.

    Raises:
        CourseError: the database is locked, read-only, full or not there.
    """
    os.environ["PATH"] = environment_with_tools()["PATH"]
    # nbgrader builds its submissions in an order of which SQLAlchemy warns.
    warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader.api")
    # nbgrader logs a failure of the database with its traceback, and raises it as well.
    logging.getLogger("tornado.application").addFilter(_is_no_rollback)
    url, course_id = database(course)
    with reported(url):
        make_whole(url, course_id)
        with Gradebook(url, course_id) as book:
            yield book


@contextlib.contextmanager
def reported(url: str) -> Iterator[None]:
    """Turn a failure of the database into words."""
    try:
        yield
    except (DBAPIError, InvalidEntry) as error:
        words = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CourseError(
            f"The gradebook {make_url(url).render_as_string()} cannot be written: {words}. Earlier entries "
            "are complete, and the results so far are kept. Make sure that no other program locks it, that "
            "the disk has room and that the file is yours; then run the same command again."
        ) from error


def _is_no_rollback(record):
    return not str(record.msg).startswith("Rolling back session")


def make_whole(url: str, course_id: str) -> None:
    """Make a new SQLite gradebook beside its place, so that a half-made one is never found there."""
    path = make_url(url).database or ""
    if make_url(url).get_backend_name() != "sqlite" or not path or Path(path).exists():
        return
    with tempfile.TemporaryDirectory(dir=Path(path).parent, prefix=".gradebook-") as folder:
        draft = Path(folder, "gradebook.db")
        Gradebook(f"sqlite:///{draft}", course_id).close()
        draft.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            put_new(draft, path)


@contextlib.contextmanager
def first_on_server(url: str) -> Iterator[None]:
    """Let graders on several machines, which share no file locks, make tables and cells one by one."""
    if make_url(url).get_backend_name() != "postgresql":
        yield
        return
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": SERVER_LOCK})
            yield
    finally:
        engine.dispose()  # ends the session, and its lock


@contextlib.contextmanager
def transaction(book: Gradebook) -> Iterator[None]:
    """Write everything that is done inside, nbgrader's own commits included, at once or not at all."""
    book.db.commit = book.db.flush
    try:
        yield
        del book.db.commit
        book.db.commit()
    except BaseException:
        vars(book.db).pop("commit", None)
        book.db.rollback()
        raise


def ensure_assignment(course: Course, assignment: str, release: NotebookNode) -> None:
    """Enter the assignment and its cells as nbgrader does, unless they are there already.

    Args:
        release: the release notebook, whose cells hold ids and points.
    """
    graded = {
        submission.grade_id(cell): submission.points(cell)
        for cell in release.cells
        if submission.points(cell) is not None
    }
    url, _ = database(course)
    with reported(url), first_on_server(url):
        _enter_cells(course, url, assignment, release, graded)


def _enter_cells(course, url, assignment, release, graded):
    names = {submission.grade_id(cell) for cell in release.cells} - {None}
    with opened(course) as book:
        try:
            notebook = book.find_notebook(assignment, assignment)
            known = {cell.name: cell.max_score for cell in notebook.grade_cells}
            # The source cells are what nbgrader enters last.
            whole = {cell.name for cell in notebook.source_cells} == names or bool(notebook.submissions)
        except MissingEntry:
            book.update_or_create_assignment(assignment, course_id=book.course_id)
            known, whole = {}, False
    if known != graded or not whole:
        about = {"notebook": assignment, "assignment": assignment, "db_url": url}
        try:
            SaveCells().preprocess(release, {"nbgrader": about})
        except RuntimeError as error:
            raise CourseError(
                f"The release of {assignment} has other cells with points than the one that was graded: "
                f"{error} Keep its cells, or give the changed notebook another name."
            ) from error


@contextlib.contextmanager
def cells_at_hand(book: Gradebook, assignment: str) -> Iterator[None]:
    """Inside, a grade's or a comment's cell needs no query of its own, unless a transaction has ended."""
    cell = with_polymorphic(BaseCell, "*")
    cells = book.db.query(cell).join(cell.notebook).join(Notebook.assignment)
    held = cells.filter(Assignment.name == assignment).all()
    yield
    del held


def store(
    book: Gradebook, assignment: str, student: str, result: Result, answers_before: Texts, again_before: Again
) -> Again:
    """Enter one result in one transaction; manual scores, comments and penalties stay.

    Args:
        answers_before: {id: text} of the grading before, which is what a person has read.
        again_before: what this function returned then.
    Returns:
        {id: manual points} of the written answers that changed after they were read.
    """
    again = {}
    with transaction(book), cells_at_hand(book, assignment):
        book.update_or_create_student(student)
        entry = book.update_or_create_submission(assignment, student)
        (notebook,) = [part for part in entry.notebooks if part.name == assignment]
        for grade in notebook.grades:
            task = result.tasks.get(task_of(grade))
            if task is not None:
                judged = result.status == Status.GRADED and task.outcome != Outcome.UNGRADED
                grade.auto_score = task.points if judged else None
            else:
                unanswered = result.submission is not None and grade.name in result.submission.untouched
                grade.auto_score = 0.0 if unanswered else None
                if to_read_again(grade, again_before) or changed(grade, result.submission, answers_before):
                    again[grade.name] = grade.manual_score
            waits = grade.auto_score is None and grade.manual_score is None
            grade.needs_manual_grade = waits or grade.name in again
        for comment in notebook.comments:
            task = result.tasks.get(comment.name)
            comment.auto_comment = "\n".join(lines_about(task)) if task and task.findings else None
    return again


def changed(grade: Grade, handed_in: Submission | None, answers_before: Texts) -> bool:
    """Whether a written answer that has a manual score differs in more than white space."""
    if grade.manual_score is None or handed_in is None:
        return False
    if grade.name not in handed_in.answers or grade.name not in answers_before:
        return False  # nbgrader's "manually graded task" has no answer of its own
    # Files hold "?" for what is no valid text.
    now = handed_in.answers[grade.name].encode(errors="replace").decode()
    return now.split() != answers_before[grade.name].split()


def to_read_again(grade: Grade, again: Again) -> bool:
    """Whether a changed answer has not been read since: the formgrader clears the mark, or points differ."""
    return grade.needs_manual_grade and again.get(grade.name, "") == grade.manual_score


def lines_about(task: TaskResult) -> list[str]:
    """A task's findings as lines of text."""
    return [f"{finding.message} {finding.hint}".strip() for finding in task.findings if finding.message]


def task_of(grade: Grade) -> str:
    """The task that a grade is for; an automatic one is graded in its test cell."""
    return grade.name.removeprefix("test_")


def score(book: Gradebook, assignment: str, student: str, again: Again) -> Score:
    """The Score of a submission.

    Args:
        again: what `store` returned for it.
    Raises:
        CourseError: the gradebook does not have it.
    """
    try:
        notebook = book.find_submission_notebook(assignment, assignment, student)
    except MissingEntry as error:
        raise CourseError(
            f"Expected {assignment} of {student} in the gradebook, found none; "
            f"run `autograder grade {assignment}`."
        ) from error
    comments = {comment.name: comment.manual_comment or "" for comment in notebook.comments}
    marks: dict[str, Mark] = {}
    for grade in notebook.grades:
        marks[task_of(grade)] = Mark(
            points=round(grade.score, 2),
            max=grade.max_score,
            automatic=grade.auto_score,
            entered=grade.manual_score,
            waits=to_read_again(grade, again) or grade.manual_score is None and grade.auto_score is None,
            written=grade.name == task_of(grade),
            comment=comments.get(task_of(grade), ""),
        )
    penalty = notebook.late_submission_penalty or 0.0
    pending = sum(mark.max for mark in marks.values() if mark.written and mark.waits)
    return Score(round(notebook.score - penalty, 2), pending, penalty, marks)


def notebook_ids(book: Gradebook, assignment: str) -> dict[str, str]:
    """{student id: id of the submitted notebook, by which the formgrader opens it}."""
    found = book.notebook_submissions(assignment, assignment)
    return {notebook.student.id: notebook.id for notebook in found}


def students(book: Gradebook) -> dict[str, tuple[str, str, str]]:
    """{student id: (last name, first name, email)}."""
    return {
        student.id: (student.last_name or "", student.first_name or "", student.email or "")
        for student in book.students
    }
