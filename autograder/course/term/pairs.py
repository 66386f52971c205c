"""Read a class for `autograder similar`: what students wrote, and what their functions answered."""

import contextlib
from collections.abc import Mapping

from nbformat import NotebookNode

from autograder.course.directory import Course
from autograder.course.folders import HandedIn
from autograder.course.grading_run import Grader, read_report
from autograder.course.term import same_answers
from autograder.course.term import similar as shared
from autograder.course.workers import Workers
from autograder.engine import submission
from autograder.engine.assignment import Assignment
from autograder.engine.grading import Status
from autograder.engine.submission import Submission
from autograder.jail import DEFAULT_LIMITS
from autograder.report.side_by_side import Class


def compared(course: Course, assignment: str, rules: Assignment, most: int) -> Class:
    """Compare all submissions that were graded -> Class.

    Args:
        rules: the assignment's `engine.assignment.Assignment`.
        most: how many pairs.
    """
    report, release = read_report(course, assignment), submission.read_release(course.release(assignment))
    graded = [student for student, row in report["students"].items() if row["status"] == Status.GRADED]
    handed_in, cells = {}, {}
    for student, one in course.submissions(assignment).items():
        if student in graded and not one.refusal:
            with contextlib.suppress(submission.Unreadable):  # it was replaced after it was graded
                cells[student] = cells_of(submission.read(one.path, release), release)
                handed_in[student] = one
    passages = {student: shared.passages_of(found) for student, found in cells.items()}
    features = shared.told_apart(passages, shared.passages_of(common(course, assignment, release)))
    records = kept_records(course, assignment, handed_in)
    wrong = same_answers.wrong_answers(report, records, rules, course.secret())
    pairs = shared.ranked(shared.scores(features), shared.same_answers(wrong), most)
    marks = {
        (one, other): shared.marked(passages[one], passages[other])
        for pair in pairs
        for one, other in (pair.students, pair.students[::-1])
    }
    texts = {student: {id: text for id, (text, _) in found.items()} for student, found in cells.items()}
    return Class(pairs, texts, marks, len(handed_in), len(handed_in) - len(records))


def cells_of(handed_in: Submission, release: NotebookNode) -> shared.Cells:
    """{id: (text, whether it is code)} of what a student wrote."""
    code = {submission.grade_id(cell): cell.cell_type == "code" for cell in release.cells}
    answers = {
        name: (text, code[name])
        for name, text in handed_in.answers.items()
        if name not in handed_in.untouched
    }
    added = {f"added cell {place}": (text, True) for place, text in enumerate(handed_in.added, 1)}
    return answers | added


def common(course: Course, assignment: str, release: NotebookNode) -> shared.Cells:
    """{place: (text, whether it is code)} of the release's cells, and of the reference's if it is there."""
    source = course.source(assignment)
    notebooks = [release, *([submission.read_release(source)] if source.is_file() else [])]
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    return {place: (cell.source, cell.cell_type == "code") for place, cell in enumerate(cells)}


def kept_records(course: Course, assignment: str, handed_in: Mapping[str, HandedIn]) -> dict[str, bytes]:
    """{student: bytes of the kept record} of those who were graded with the usual limits."""
    found = {}
    for jailed in (False, True):
        grader = Grader(course, assignment, Workers(DEFAULT_LIMITS, jailed))
        for student, one in handed_in.items():
            identity = grader.identity(one.path)
            if identity and identity[0].is_file():
                found[student] = identity[0].read_bytes()
    return found
