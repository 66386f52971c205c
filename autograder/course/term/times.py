"""When students handed in, from a table that a platform gives apart from the files."""

import datetime
import re
from collections.abc import Mapping
from typing import NamedTuple

from autograder.course.directory import CourseError
from autograder.course.term import roster, settings, tables
from autograder.course.term.platforms import moment

COLUMNS = ("last modified (submission)", "submission time", "handed_in", "submitted", "time")
FORMATS = (  # Moodle's, in English
    "%A, %d %B %Y, %I:%M %p",
    "%A, %d %B %Y, %H:%M",
    "%A, %B %d, %Y, %I:%M %p",
    "%d/%m/%y, %H:%M",
)
EXCEL = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{4}.*")
# Of Moodle's column Status (moodle/moodle, mod/assign/lang/en/assign.php).
DRAFT = "draft (not submitted)"
EXTENSION = re.compile(r"extension granted until: (.+)", re.IGNORECASE)


class Times(NamedTuple):
    """What a table says about times."""

    handed_in: dict[str, datetime.datetime]  # by student
    ids: dict[roster.Identity, str]  # (column, value): student, of what the table adds to the roster
    remarks: dict[str, str]  # by student
    notes: list[str]  # sentences about rows without effect


def read(table: tables.Table, owners: Mapping[roster.Identity, str], zone: datetime.tzinfo) -> Times:
    """Times of handing in.

    Args:
        table: a list of students with one of COLUMNS, such as Moodle's grading worksheet.
        owners: from `roster.owners_of`.
        zone: of times that say none.
    Raises:
        CourseError: there is no such column, or a time is not understood.
    """
    column = next((name for name in table.header if name.casefold() in COLUMNS), None)
    if column is None:
        raise CourseError(
            "Expected a table of times: a column student, and one of the columns "
            f"{', '.join(COLUMNS)}; got {', '.join(table.header)}."
        )
    status = next((name for name in table.header if name.casefold() == "status"), "")
    found = Times({}, {}, {}, [])
    records = dict(table.records())
    for number, person in roster.rows(table):
        said = records[number].get(column, "")
        students = roster.matching(owners, person.ids())
        if len(students) != 1:
            if said not in ("", "-"):
                words = "could be several students" if students else "is no student of roster.csv"
                found.notes.append(f"Row {number + 1} ({person.name}) {words}; its time is not used.")
            continue
        (student,) = students
        found.ids.update({one: student for one in person.ids() if one not in owners})
        if remark := _remark(records[number].get(status, "")):
            found.remarks[student] = remark
        if said in ("", "-"):
            continue
        time = _time(said, zone, number + 1)
        if found.handed_in.setdefault(student, time) != time:
            found.handed_in[student] = max(time, found.handed_in[student])
            found.notes.append(f"{student} has several times; the latest counts.")
    return found


def _remark(status):
    """What Moodle's status means for a submission that is collected, if anything."""
    remarks = ["is a draft in Moodle, not submitted"] if DRAFT in status.casefold() else []
    if extension := EXTENSION.search(status):
        remarks.append(f"Moodle granted an extension until {extension[1]}: enter it in extensions.csv")
    return "; ".join(remarks)


def _time(said, zone, row):
    text = said.replace("\u202f", " ").replace("\xa0", " ")
    if time := moment(text, zone):
        return time
    for form in FORMATS:
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    if EXCEL.fullmatch(text):
        raise CourseError(
            f"Row {row}, time of handing in: expected a time such as 2027-02-05T23:59:00, got {text!r}. "
            "Excel rewrites dates like this when it saves a CSV: use the file as the platform wrote it."
        )
    return settings.local(text, zone, f"Row {row}, time of handing in")
