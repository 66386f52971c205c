"""All assignments of a course in one Excel workbook."""

import io
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from autograder.course import export
from autograder.course.term.roster import Person
from autograder.engine.grading import Report, Status
from autograder.report.marks import Score

ABOUT = ("Student", "Last name", "First name", "Section")
ILLEGAL = openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE


def written(
    reports: Mapping[str, Report], scores_of: Mapping[str, Mapping[str, Score]], people: Mapping[str, Person]
) -> bytes:
    """Bytes of a workbook: a sheet of scores, and one for each assignment with its tasks.

    Args:
        reports: {assignment: as in grades.json}.
        scores_of: {assignment: {student: marks.Score}}.
        people: {student: roster.Person}; who is in a report only gets a row, too.
    """
    book = openpyxl.Workbook()
    students = list(dict.fromkeys([*people, *(s for r in reports.values() for s in r["students"])]))
    scores: list[list[Any]] = [
        [*about(s, people), *(score(r, s) for r in reports.values())] for s in students
    ]
    header = [*ABOUT, *(f"{name} ({report['max_score']:g})" for name, report in reports.items()), "Total"]
    rows: list[list[Any]] = [[*row, sum(v for v in row[len(ABOUT) :] if v is not None)] for row in scores]
    fill(book.active, "Scores", header, rows)
    for name, report in reports.items():
        marks = {student: score.marks for student, score in scores_of[name].items()}
        tasks = list(dict.fromkeys(task for each in marks.values() for task in each))
        rows = [
            [*about(student, people), row["status"], row["score"], row["manual_pending"]]
            + [export.points(marks[student].get(task), row["status"] == Status.GRADED) for task in tasks]
            for student, row in report["students"].items()
        ]
        fill(book.create_sheet(), name, [*ABOUT, "Status", "Score", "To read", *tasks], rows)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def about(student: str, people: Mapping[str, Person]) -> list[str]:
    """What is said of a student in each sheet."""
    person = people.get(student)
    return [student, person.last_name, person.first_name, person.section] if person else [student, "", "", ""]


def score(report: Report, student: str) -> float | None:
    """A student's score, or None where nothing was graded."""
    row = report["students"].get(student)
    return row and row["score"]


def fill(sheet: Worksheet, title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table with a fixed header; text is never a formula."""
    clean = "".join("_" if sign in r"[]:*?/\'" else sign for sign in title)
    taken = {other.title.casefold() for other in sheet.parent.worksheets if other is not sheet}
    ends = itertools.chain([""], (f" {number}" for number in itertools.count(2)))
    names = (clean[: 31 - len(end)] + end for end in ends)  # Excel allows 31 characters
    sheet.title = next(name for name in names if name.casefold() not in taken)
    for row, values in enumerate([header, *rows], 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(row, column, ILLEGAL.sub("", value) if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type = "s"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{len(rows) + 1}"
