"""Late penalties of a course: from what was collected and `course.toml` into nbgrader's gradebook."""

import collections

from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook

from autograder.course import gradebook, standing
from autograder.course.directory import Course
from autograder.course.term import attempts, settings
from autograder.course.term.lateness import LATE, TIME_UNKNOWN, Late, days_late, penalties
from autograder.engine import identities
from autograder.engine.submission import read_release

FLAGS = (LATE, TIME_UNKNOWN)
NO_TIME = "The platform says that this was handed in late, but not when; no points are taken off for that."


def record(course: Course, book: Gradebook) -> dict[str, dict[str, dict[str, str]]]:
    """Enter the penalties of all students and all assignments that have a due date and a rule.

    Other assignments are left as they are: there nbgrader's own penalties stay. So are submissions that were
    replaced after they were graded.

    Returns:
        {assignment: {student: Flag-like dictionary}}: what to say of those that were late.
    """
    said = settings.read(course)
    ruled = {
        name: (about, about.deadline, about.rule)
        for name, about in said.assignments.items()
        if about.deadline and about.rule
    }
    extensions = settings.extensions(course, said.zone) if ruled else {}
    flags: dict[str, dict[str, dict[str, str]]] = {name: {} for name in ruled}
    late_ones: dict[str, list[tuple[Late, SubmittedNotebook | None]]] = collections.defaultdict(list)
    with gradebook.transaction(book):
        for name, (about, due, rule) in sorted(ruled.items(), key=lambda item: item[1][1].due):
            for student, known, notebook, most, is_newer in _graded(course, book, name):
                if not is_newer:
                    notebook.late_submission_penalty = 0.0
                deadline = due.extended(extensions.get((student, name)))
                attempt = attempts.counting(known, about.attempt, deadline)
                days = days_late(attempt.handed_in, deadline) if attempt.handed_in else 0
                if days:
                    one = Late(name, days, rule, about.slips, notebook.score, most)
                    late_ones[student].append((one, None if is_newer else notebook))
                elif attempt.late and attempt.handed_in is None and not is_newer:
                    flags[name][student] = {"id": TIME_UNKNOWN, "message": NO_TIME}
        for student, late in late_ones.items():
            costs = penalties([one for one, _ in late], said.slip_days)
            for one, notebook in late:
                if notebook is None:  # its penalty stays, and its slip days stay used
                    continue
                penalty = costs[one.assignment]
                notebook.late_submission_penalty = penalty.points
                flags[one.assignment][student] = {"id": LATE, "message": penalty.sum}
    return flags


def _graded(course, book, assignment):
    """(student, the Attempts of what was graded, nbgrader's SubmittedNotebook, the assignment's maximum)."""
    if not course.release(assignment).is_file():
        return
    newer = standing.replaced_in(course, assignment)
    most = identities.maximum(
        read_release(course.release(assignment))
    )  # without bonus, other than nbgrader's
    for student, known in attempts.read(course, assignment).items():
        # One that was repaired by hand stands for what was handed in.
        if same := attempts.in_place(course, assignment, student, known) or known:
            try:
                notebook = book.find_submission_notebook(assignment, assignment, student)
            except MissingEntry:
                continue
            yield student, same, notebook, most, student in newer
