"""Grades for other systems, as text, from what is in grades.json."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from autograder.engine.grading import Report, Status
from autograder.report.marks import Mark, Score
from autograder.report.spreadsheet import inert

TARGETS = ("csv", "canvas", "moodle", "gradescope")


def to_csv(
    report: Report,
    students: Mapping[str, Sequence[str]],
    scores: Mapping[str, Score],
    missing: Iterable[str] = (),
    waiting: Iterable[str] = (),
) -> str:
    """Comma-separated values, one row a student; tasks less late penalty add up to the score.

    Args:
        report: as in grades.json.
        students: {id: (last name, first name, email)} from the gradebook.
        scores: {id: marks.Score}.
        missing: ids of those who handed in no notebook.
        waiting: ids of those who handed in, but were not graded yet.
    """
    rows = report["students"]
    automatic = list(dict.fromkeys(name for row in rows.values() for name in row["tasks"]))
    written = list(
        dict.fromkeys(name for score in scores.values() for name, mark in score.marks.items() if mark.written)
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["student", "last_name", "first_name", "email", "status", "score", "max_score"]
        + ["manual_pending", *automatic, "flags", *written, "late_penalty"]
    )
    for student, row in rows.items():
        about = [student, *students.get(student, ("", "", ""))]
        marks, judged = scores[student].marks, row["status"] == Status.GRADED
        flags = " ".join(flag["id"] for flag in row["flags"])
        writer.writerow(
            [inert(word) for word in about]
            + [row["status"], row["score"], report["max_score"], row["manual_pending"]]
            + [points(marks.get(name), judged) for name in automatic]
            + [flags]
            + [points(marks.get(name), judged) for name in written]
            + [scores[student].penalty]
        )
    for student, status in [*((s, "missing") for s in missing), *((s, "not graded") for s in waiting)]:
        about = [student, *students.get(student, ("", "", "")), status, "", report["max_score"]]
        writer.writerow([inert(word) if isinstance(word, str) else word for word in about])
    return text.getvalue()


def points(mark: Mark | None, judged: bool) -> float | str:
    """Points that count; nothing where a person has yet to give them, or the task did not exist."""
    return "" if mark is None or judged and mark.waits and mark.entered is None else mark.points
