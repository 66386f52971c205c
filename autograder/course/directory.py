"""A course directory: where things are, and how it begins."""

import contextlib
import functools
import hashlib
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

from autograder import tasks
from autograder.authoring import JudgeError, loading
from autograder.course import folders, solutions
from autograder.engine import submission
from autograder.engine.assignment import Assignment

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
SECRET_FILE = ".autograder-secret"


class CourseError(RuntimeError):
    """The course directory is not what a command needs; the message says what to do."""


class Course(NamedTuple):
    """Paths of a course directory, laid out as nbgrader's."""

    root: Path

    def source(self, assignment: str) -> Path:
        return self.root / "solutions" / assignment / f"{assignment}.ipynb"

    def release(self, assignment: str) -> Path:
        return self.root / "assignments" / assignment / f"{assignment}.ipynb"

    def submitted(self, student: str, assignment: str) -> Path:
        return self.root / "submitted" / student / assignment / f"{assignment}.ipynb"

    def autograded(self, student: str, assignment: str) -> Path:
        return self.root / "autograded" / student / assignment / f"{assignment}.ipynb"

    def feedback(self, student: str, assignment: str) -> Path:
        return self.root / "feedback" / student / assignment / f"{assignment}.html"

    def reports(self, assignment: str) -> Path:
        return self.root / "reports" / assignment

    def grades(self, assignment: str) -> Path:
        return self.reports(assignment) / "grades.json"

    def newer_rows(self, assignment: str) -> Path:
        """Rows that replace those of grades.json as long as a class is being graded."""
        return self.reports(assignment) / ".newer.jsonl"

    def results(self) -> Path:
        return self.root / "reports" / ".results"

    def answers(self) -> Path:
        return self.root / "reports" / ".answers"

    def locks(self) -> Path:
        return self.root / "reports" / ".locks"

    def private(self) -> list[Path]:
        """Files that no submission may read."""
        names = (SECRET_FILE, "gradebook.db", "nbgrader_config.py")
        folders = (path for name in ("judges", "solutions") for path in (self.root / name).rglob("*"))
        return [*(self.root / name for name in names), *(path for path in folders if path.is_file())]

    def judge(self, assignment: str) -> Path | None:
        """The file or folder of the course's own judge; None if there is none.

        Raises:
            CourseError: there are two.
        """
        places = [self.root / "judges" / name for name in (f"{assignment}.py", assignment)]
        found = [place for place in places if place.exists()]
        if len(found) > 1:
            both = " and ".join(map(str, found))
            raise CourseError(f"Expected one judge of {assignment}, found {both}; keep one.")
        return found[0] if found else None

    def assignments(self) -> list[str]:
        """Names of the assignments that can be graded here."""
        places = (self.root / "judges").glob("[!_.]*")
        own = (path.stem for path in places if path.suffix == ".py" or path.is_dir())
        return sorted({*tasks.ASSIGNMENTS, *own})

    def rules(self, assignment: str, whole: bool = True) -> Assignment:
        """The `engine.assignment.Assignment`: of the course's own judge, else of the package.

        Args:
            whole: whether the judge must have all tasks of the notebook.
        Raises:
            CourseError: there is none, or the judge cannot be used.
        """
        judge = self.judge(assignment)
        if judge is None and assignment not in tasks.ASSIGNMENTS:
            raise CourseError(
                f"Expected one of the assignments {', '.join(self.assignments())}, got {assignment}; "
                f"`autograder new {assignment}` creates it."
            )
        try:
            if judge is None:
                rules = tasks.load(assignment)
            else:
                rules = loading.load(judge, self.source(assignment), whole)
        except JudgeError as error:
            raise CourseError(str(error)) from error
        notebook = self.release(assignment) if self.release(assignment).is_file() else self.source(assignment)
        return rules.for_notebook(submission.read_release(notebook)) if notebook.is_file() else rules

    def submissions(self, assignment: str) -> dict[str, folders.HandedIn]:
        """{student: folders.HandedIn} of what was submitted, sorted by student."""
        release = functools.cache(lambda: submission.read_release(self.release(assignment)))
        return folders.handed_in(self.root / "submitted", assignment, release)

    def secret(self) -> str:
        """The course's secret words, made at first use and readable by the owner only."""
        path = self.root / SECRET_FILE
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text().strip()


def course_of(judge: Path | str) -> Course:
    """The Course that the judge at a path belongs to.

    Raises:
        CourseError: it does not lie in `judges/` of a course directory that has a release of it.
    """
    judge = Path(judge).resolve()
    if not judge.exists() or judge.parent.name != "judges":
        raise CourseError(f"Expected a judge COURSE/judges/ASSIGNMENT.py, got {judge}.")
    return open_course(judge.parents[1], judge.stem)


def open_course(path: Path | str, assignment: str) -> Course:
    """The Course at `path`, which must have the release of the assignment."""
    course = Course(Path(path).resolve())
    if not course.release(assignment).is_file():
        raise CourseError(
            f"Expected the release {course.release(assignment)}, found none; create a course directory "
            f"with `autograder init DIR`, or the release with `autograder release {assignment}`."
        )
    return course


def init(path: Path | str, empty: bool = False, origin: Path | None = None) -> Course:
    """A new course directory with solutions, releases and configuration -> Course.

    Args:
        empty: without the assignments of this package.
        origin: where the solutions come from, as in `solutions.found`.
    Raises:
        CourseError: the directory exists and is not empty, or there are no solutions.
    """
    root = Path(path).resolve()
    if root.exists() and any(root.iterdir()):
        raise CourseError(f"Expected an empty or new directory, got {root}; choose another name.")
    course = Course(root)
    try:
        solved = {} if empty else solutions.found(origin)
    except solutions.NotFound as missing:
        raise CourseError(str(missing)) from missing
    for name in solved.keys() & tasks.ASSIGNMENTS:
        released = tasks.release_of(name).read_bytes()
        for place, content in ((course.source(name), solved[name]), (course.release(name), released)):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    for name in ("submitted", "judges"):
        (root / name).mkdir(parents=True)
    for name in ("nbgrader_config.py", "course.toml"):
        shutil.copyfile(HERE / "templates" / name, root / name)
    course.secret()
    return course


def environment_with_tools() -> dict[str, str]:
    """Environment in which nbgrader finds the command `alembic` of this Python environment."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def grader_version() -> str:
    """Changes with every change of the grader's code."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
