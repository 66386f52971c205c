"""nbgrader's own `autograde`, and the formgrader's button, with this grader in place of a kernel.

nbgrader would run submissions with all permissions of the person who grades, and without partial credit.
Its exporter turns each submission into the graded notebook; this one asks the jailed judge and runs nothing
itself.
nbgrader_config.py names it.
"""

import concurrent.futures
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import NbGraderException

from autograder.course import directory as courses
from autograder.course import locks
from autograder.course.folders import HandedIn
from autograder.course.gradebook import Again, Texts
from autograder.course.grading_run import Grader, graded_before, graded_notebook, result_dict
from autograder.course.workers import Workers
from autograder.engine.grading import Result, Row
from autograder.jail import DEFAULT_LIMITS, JailUnavailable


class JailedGrading(NotebookExporter):
    """Makes graded notebooks of submissions, and enters their results into the gradebook and grades.json.

    nbgrader calls it twice for each notebook: with the submission, which is judged, and with what came of it,
    on which the preprocessors work that are left (late penalties).
    """

    grader: Grader  # while nbgrader works

    def __init__(self, parent: Any, **settings: Any) -> None:
        super().__init__(parent=parent, **settings)
        self.nbgrader = parent  # its converter
        self.rows: dict[str, Row] = {}
        self.read_before: dict[str, tuple[Texts, Again]] = {}
        self.handed_in: dict[str, HandedIn] = {}
        # nbgrader makes its exporter before it removes, changes or runs anything, and converts then.
        convert = parent.convert_notebooks
        parent.convert_notebooks = lambda: self.while_held(convert)

    def while_held(self, convert: Callable[[], None]) -> None:
        """Do nbgrader's work under the lock, with the workers and the gradebook at hand."""
        about = self.nbgrader.coursedir
        course, assignment = courses.Course(Path(about.root)), about.assignment_id
        try:
            with (
                locks.grading(course, assignment, alone=about.student_id == "*"),
                Workers(DEFAULT_LIMITS, True, course.private()) as workers,
                Grader(course, assignment, workers) as self.grader,
            ):
                self.look_ahead()
                try:
                    convert()
                finally:  # nbgrader raises at the end if it failed for one student
                    if self.rows:
                        self.grader.report(self.rows, merge=True)
        except (courses.CourseError, JailUnavailable, OSError) as error:
            self.log.error(str(error))
            raise NbGraderException(str(error)) from error

    def look_ahead(self) -> None:
        """Keep the results nbgrader is about to ask for, several at a time; note what persons have read."""
        waiting = {}
        found = self.grader.course.submissions(self.grader.assignment).values()
        self.handed_in = {handed_in.folder.name: handed_in for handed_in in found}
        for folder, notebooks in self.nbgrader.assignments.items():
            student = Path(folder).parent.name
            graded = self.grader.course.autograded(student, self.grader.assignment)
            self.read_before[student] = graded_before(graded)
            if notebooks and (self.nbgrader.force or not graded.parent.exists()):
                waiting[student] = notebooks[0]
        with concurrent.futures.ThreadPoolExecutor(self.grader.workers.jobs) as pool:
            for _ in pool.map(self.judged, waiting, waiting.values()):
                continue

    def judged(self, student: str, path: Path | str) -> Result:
        """The Result of a student's notebook that nbgrader found at this path."""
        path = Path(path)
        return self.grader.judge(self.handed_in.get(student) or HandedIn(path.parents[1], path))

    def from_filename(
        self, filename: str, resources: dict[str, Any] | None = None, **settings: Any
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """The graded notebook, as text, and nbconvert's resources."""
        if filename not in self.nbgrader.notebooks or resources is None:
            return super().from_filename(filename, resources, **settings)
        student = resources["nbgrader"]["student"]
        result = self.judged(student, filename)
        again = self.grader.enter(student, result, *self.read_before[student])
        self.rows[student] = result_dict(result)
        notebook = graded_notebook(result, again, self.grader.release)
        return self.from_notebook_node(notebook, resources, **settings)
