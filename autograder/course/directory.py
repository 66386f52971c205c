"""A course directory: where things are, how it begins, how a release is made."""

import contextlib
import functools
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from autograder import tasks
from autograder.course import folders
from autograder.engine import grading, submission
from autograder.jail import DEFAULT_LIMITS

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent
SECRET_FILE = ".autograder-secret"


class CourseError(RuntimeError):
    """The course directory is not what a command needs; the message says what to do."""


class Course(NamedTuple):
    """Paths of a course directory, laid out as nbgrader's."""

    root: Path

    def source(self, assignment):
        return self.root / "solutions" / assignment / f"{assignment}.ipynb"

    def release(self, assignment):
        return self.root / "assignments" / assignment / f"{assignment}.ipynb"

    def autograded(self, student, assignment):
        return self.root / "autograded" / student / assignment / f"{assignment}.ipynb"

    def feedback(self, student, assignment):
        return self.root / "feedback" / student / assignment / f"{assignment}.html"

    def reports(self, assignment):
        return self.root / "reports" / assignment

    def results(self):
        return self.root / "reports" / ".results"

    def answers(self):
        return self.root / "reports" / ".answers"

    def locks(self):
        return self.root / "reports" / ".locks"

    def private(self):
        """Files that no submission may read."""
        return [self.root / name for name in (SECRET_FILE, "gradebook.db", "nbgrader_config.py")]

    def submissions(self, assignment):
        """{student: folders.HandedIn} of what was submitted, sorted by student."""
        release = functools.cache(lambda: submission.read_release(self.release(assignment)))
        return folders.handed_in(self.root / "submitted", assignment, release)

    def secret(self):
        """The course's secret words, made at first use and readable by the owner only."""
        path = self.root / SECRET_FILE
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        return path.read_text().strip()


def open_course(path, assignment):
    """The Course at `path`, which must have the release of the assignment."""
    course = Course(Path(path).resolve())
    if not course.release(assignment).is_file():
        raise CourseError(
            f"Expected the release {course.release(assignment)}, found none; make a course directory "
            f"with `autograder init DIR`, or the release with `autograder release {assignment}`."
        )
    return course


def init(path):
    """A new course directory with the course's solutions, release and configuration -> Course.

    Raises:
        CourseError: the directory exists and is not empty.
    """
    root = Path(path).resolve()
    if root.exists() and any(root.iterdir()):
        raise CourseError(f"Expected an empty or new directory, got {root}; choose another name.")
    course = Course(root)
    for name in tasks.ASSIGNMENTS:
        for place in (course.source(name), course.release(name)):
            origin = tasks.shipped(place.parents[1].name) / name / place.name
            if origin.is_file():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(origin, place)
    (root / "submitted").mkdir(parents=True)
    for name in ("nbgrader_config.py", "course.toml"):
        shutil.copyfile(HERE / "templates" / name, root / name)
    course.secret()
    return course


def release(course, assignment, limits=DEFAULT_LIMITS, jailed=True):
    """Make the student release from the source, through nbgrader -> path of the release.

    Raises:
        CourseError: points or ids are not the assignment's, a solution shows, or the reference does
            not get full marks; nothing is written then.
    """
    source = course.source(assignment)
    if not source.is_file():
        raise CourseError(f"Expected the source notebook {source}, found none.")
    rules = tasks.load(assignment)
    with tempfile.TemporaryDirectory() as folder:
        draft = Course(Path(folder))
        draft.source(assignment).parent.mkdir(parents=True)
        shutil.copyfile(source, draft.source(assignment))
        shutil.copyfile(course.root / "nbgrader_config.py", draft.root / "nbgrader_config.py")
        run = subprocess.run(
            [sys.executable, "-m", "nbgrader", "generate_assignment", assignment],
            cwd=folder,
            env=environment_with_tools(),
            capture_output=True,
            text=True,
        )
        if run.returncode != 0 or not draft.release(assignment).is_file():
            raise CourseError(f"nbgrader could not make the release:\n{run.stderr.strip()[-2000:]}")
        notebook = submission.read_release(draft.release(assignment))
        faults = faults_of_release(notebook, rules)
        if not faults:
            result = grading.grade_notebook(source, notebook, rules, "release", limits, jailed)
            faults = [
                f"the reference gets {task.points} of {task.max} for {name} ({task.outcome}): "
                + "; ".join(finding.message for finding in task.findings)
                for name, task in result.tasks.items()
                if task.points != task.max
            ]
        if faults:
            raise CourseError("The release is refused:\n  " + "\n  ".join(faults))
        target = course.release(assignment)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(draft.release(assignment), target)
    return target


def faults_of_release(notebook, rules):
    """What is wrong with the ids, the points and the cleared cells of a release notebook."""
    faults, cells = [], {}
    for cell in notebook.cells:
        identity = submission.grade_id(cell)
        if identity in cells:
            faults.append(f"the id {identity} is there twice")
        if identity:
            cells[identity] = cell
        if "### BEGIN SOLUTION" in cell.source:
            faults.append(f"a solution shows in cell {identity}")
    for task in rules.tasks:
        for identity, expected in ((task.id, None), (f"test_{task.id}", task.points)):
            if identity not in cells:
                faults.append(f"the cell {identity} is missing")
            elif submission.points(cells[identity]) != expected:
                got = submission.points(cells[identity])
                faults.append(f"the cell {identity} has {got} points, expected {expected}")
    total = sum(submission.points(cell) or 0 for cell in notebook.cells)
    if total != 100:
        faults.append(f"the points sum to {total}, expected 100")
    return faults


def environment_with_tools():
    """Environment in which nbgrader finds the command `alembic` of this Python environment."""
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}


def grader_version():
    """Changes with every change of the grader's code."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
