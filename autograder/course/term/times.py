"""When students handed in, from a table that a platform gives apart from the files."""

import datetime
from collections.abc import Mapping

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


def read(
    table: tables.Table, owners: Mapping[roster.Identity, str], zone: datetime.tzinfo
) -> tuple[dict[str, datetime.datetime], dict[roster.Identity, str]]:
    """Times of handing in.

    Args:
        table: a list of students with one of COLUMNS, such as Moodle's grading worksheet.
        owners: {(column, value): student} of the roster.
        zone: of times that say none.
    Returns:
        {student: datetime}, and {(column, value): student} of what the table adds to `owners`.
    Raises:
        CourseError: there is no such column, or a time is not understood.
    """
    column = next((name for name in table.header if name.casefold() in COLUMNS), None)
    if column is None:
        raise CourseError(
            f"Expected a column of times, one of {', '.join(COLUMNS)}; got {', '.join(table.header)}."
        )
    found, more = {}, {}
    records = dict(table.records())
    for number, person in roster.rows(table):
        students = {owners[identity] for identity in person.ids() if identity in owners}
        if len(students) != 1:
            continue
        (student,) = students
        more.update(dict.fromkeys(person.ids(), student))
        said = records[number].get(column, "")
        if said not in ("", "-"):
            found[student] = _time(said, zone, number + 1)
    return found, {identity: student for identity, student in more.items() if identity not in owners}


def _time(said, zone, row):
    text = said.replace("\u202f", " ").replace("\xa0", " ")
    if time := moment(text, zone):
        return time
    for form in FORMATS:
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    return settings.local(text, zone, f"Row {row}, time of handing in")
