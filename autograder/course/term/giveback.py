"""Points into the platform's own file: one column is filled in, every other byte stays.

The columns are those of Canvas's gradebook export (instructure/canvas-lms, lib/gradebook_exporter.rb), of
Moodle's grading worksheet (moodle/moodle, mod/assign/feedback/offline) and of Gradescope's list of grades.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograder.course.directory import CourseError
from autograder.course.term import roster, tables
from autograder.engine.grading import Report
from autograder.report import spreadsheet
from autograder.report.marks import Score

NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
EMPTY = ("", "-")
CANVAS_TITLE = re.compile(r"(?P<title>.*) \(\d+\)")
CANVAS_POINTS = "points possible"


class Target(NamedTuple):
    """A platform that takes points back."""

    name: str
    header: tuple[str, ...]  # of a file of our own
    about: tuple[str, ...]  # columns of the roster in such a file
    column: str = ""  # of points in the platform's file; Canvas names it by the assignment
    maximum: tuple[str, ...] = ()  # columns that say how many points there are
    locked: str = ""  # a column that says No where the platform takes no points


CANVAS = Target(
    "Canvas",
    ("Student", "ID", "SIS User ID", "SIS Login ID", "Section"),
    ("sortable", "canvas_id", "sis_id", "login", "section"),
)
MOODLE = Target(
    "Moodle",
    ("First name", "Last name", "ID number", "Email address"),
    ("first_name", "last_name", "sis_id", "email"),
    "grade",
    ("maximum grade",),
    "grade can be changed",
)
GRADESCOPE = Target(
    "Gradescope",
    ("First Name", "Last Name", "SID", "Email"),
    ("first_name", "last_name", "sis_id", "email"),
    "total score",
    ("max points",),
)
TARGETS = {"canvas": CANVAS, "moodle": MOODLE, "gradescope": GRADESCOPE}


class Change(NamedTuple):
    """A number that the platform holds, and another of ours."""

    student: str
    name: str
    theirs: str
    ours: str


class Filled(NamedTuple):
    """A platform's file with our points in it."""

    text: str
    cells: int  # that were filled in
    changes: list[Change]
    notes: list[str]  # sentences about rows that were left as they are


Points = Mapping[str, float | None]  # {student: points, or None while points of a person wait}


class Wanted(NamedTuple):
    """What is to be written for a platform."""

    target: Target
    points: Points
    people: roster.People
    maximum: float  # points of the assignment
    titles: Sequence[str]  # names by which Canvas may call the assignment
    column: str | None = None  # the column's name, where it is another


def points_to_give(graded: Report, scores: Mapping[str, Score], pending: str) -> dict[str, float | None]:
    """{student: points, or None while points of a person wait}.

    Args:
        graded: as in grades.json.
        scores: {student: marks.Score}.
        pending: "refuse" or "blank".
    Raises:
        CourseError: somebody's points wait, and `pending` is "refuse".
    """
    waiting = [s for s in graded["students"] if any(mark.waits for mark in scores[s].marks.values())]
    if waiting and pending == "refuse":
        some = ", ".join(waiting[:5]) + (", ..." if len(waiting) > 5 else "")
        raise CourseError(
            f"{len(waiting)} students have answers that nobody has given points yet ({some}). Read them in "
            "the formgrader, or pass --pending blank, which leaves the cells of these students as they are."
        )
    return {s: None if s in waiting else row["score"] for s, row in graded["students"].items()}


def filled(table: tables.Table, wanted: Wanted) -> Filled:
    """The platform's file with our points in one column.

    Raises:
        CourseError: the column is not there, or the platform counts other points.
    """
    target, points, people = wanted.target, wanted.points, wanted.people
    column = _column(table, target, wanted.titles, wanted.column)
    _check_maximum(table, target, column, wanted.maximum)
    values, changes, notes, seen, strange = {}, [], [], set(), 0
    for number, owners, person in _rows(table, people):
        student = owners[0] if len(owners) == 1 else None
        ours_there = people[student].moodle_id.split() if student else []
        strange += bool(ours_there and person.moodle_id and person.moodle_id not in ours_there)
        name = person.name if student is None else people[student].name
        if len(owners) > 1:
            notes.append(f"Row {number + 1} ({name}) has ids of {' and '.join(owners)}: correct roster.csv.")
        elif student is None:
            notes.append(f"Row {number + 1} ({name}) is not a student of this course.")
        elif student in seen:
            notes.append(f"Row {number + 1} ({name}) is a second row of {student}.")
        elif (why := _untouched(table, target, number, column, points.get(student))) is not None:
            notes += [f"{name} ({student}): {why}."] if why else []
        else:
            theirs = table.rows[number][column].value.strip()
            ours = _as_written(points[student], table, column)
            if not _same(theirs, points[student]):
                changes += [Change(student, name, theirs, ours)] if theirs not in EMPTY else []
                values[number] = ours
        seen.add(student)
    if strange:
        notes.append(
            f"The identifiers of {strange} rows are new. Moodle gives each student a different one in each "
            "assignment: check that this is the right worksheet."
        )
    absent = [s for s, value in points.items() if value is not None and s not in seen]
    notes += [
        f"{people[s].name if s in people else s} ({s}) has points, but no row in this file." for s in absent
    ]
    return Filled(tables.filled(table, column, values), len(values), changes, notes)


def _column(table, target, titles, named):
    """Number of the column that takes the points."""
    if named or target.column:
        looked = (named or target.column).casefold()
        wanted = [n for n, name in enumerate(table.header) if name.casefold() == looked]
    else:
        names = [(n, name, CANVAS_TITLE.fullmatch(name)) for n, name in enumerate(table.header)]
        wanted = [n for n, name, match in names if name in titles or match and match["title"] in titles]
    if len(wanted) == 1:
        return wanted[0]
    looked = named or target.column or " or ".join(dict.fromkeys(titles))
    if len(wanted) > 1:
        found = f"{len(wanted)} of them"
    else:
        graded = [name for name in table.header if CANVAS_TITLE.fullmatch(name)] or table.header
        found = f"none; it has {', '.join(graded)}"
    raise CourseError(
        f"Expected one column {looked} in {target.name}'s file, found {found}. Name the column with "
        "--column, or the assignment by `title` in course.toml."
    )


def _check_maximum(table, target, column, maximum):
    """
    Raises:
        CourseError: the platform counts other points than we do.
    """
    said = set()
    if target is MOODLE and "scale" in (name.casefold() for name in table.header):
        raise CourseError(
            "This assignment has a scale in Moodle, which takes no points; set its grade to points there."
        )
    if target.maximum:
        columns = [n for n, name in enumerate(table.header) if name.casefold() in target.maximum]
        said = {row[n].value.strip() for n in columns for row in table.rows[1:] if n < len(row)}
    else:
        said = {
            row[column].value.strip()
            for row in table.rows[1:]
            if row[0].value.strip().casefold() == CANVAS_POINTS and column < len(row)
        }
    wrong = [text for text in said if NUMBER.fullmatch(text) and not _same(text, maximum)]
    if wrong:
        raise CourseError(
            f"Expected a maximum of {maximum:g} points for this assignment in {target.name}, as in the "
            f"notebook, got {wrong[0]}; change it there, or the grades would be wrong."
        )


def _rows(table, people):
    """(number of the row, those of our students whose ids it has, Person) of each row that names a person."""
    owners = roster.owners_of(people)
    for number, person in roster.rows(table):
        yield number, sorted(roster.matching(owners, person.ids())), person


def _untouched(table, target, number, column, points):
    """Why a cell stays as it is; "" where that needs no word; None where it is to be filled in."""
    row = table.rows[number]
    if points is None:
        return ""
    if column >= len(row):
        return "its row ends before the column"
    if target.locked and target.locked in (names := [name.casefold() for name in table.header]):
        if row[names.index(target.locked)].value.strip().casefold() == "no":
            return "the platform says that the grade cannot be changed"
    theirs = row[column].value.strip()
    if theirs not in EMPTY and not NUMBER.fullmatch(theirs):
        means = ": not assigned to this student, or anonymous and not posted" if theirs == "N/A" else ""
        return f"the cell says {theirs}{means}"
    return None


def _same(text, points):
    """Whether a cell holds these points, to the cent."""
    return bool(NUMBER.fullmatch(text)) and abs(float(text.replace(",", ".")) - points) < 0.005


def _as_written(points, table, column):
    """Points as the file writes numbers: with a comma where its columns are parted by semicolons."""
    text = f"{points:.2f}"
    others = [row[column].value for row in table.rows[1:] if column < len(row)]
    comma = any(re.fullmatch(r"\d+,\d+", cell.strip()) for cell in others)
    point = any(re.fullmatch(r"\d+\.\d+", cell.strip()) for cell in others)
    return text.replace(".", ",") if comma or table.delimiter == ";" and not point else text


def fresh(wanted: Wanted, bom: bool) -> tuple[str, list[str]]:
    """(text of a file of our own for a platform, sentences about students that it cannot name)."""
    target, rows, notes = wanted.target, [], []
    if target is CANVAS:
        rows.append(["    Points Possible", "", "", "", "", f"{wanted.maximum:g}"])
    for student, person in wanted.people.items():
        if target is CANVAS and not person.canvas_id:
            notes.append(
                f"{person.name} ({student}) has no id of Canvas; read its gradebook with `autograder roster`."
            )
            continue
        about = (getattr(person, name) for name in target.about)
        value = wanted.points.get(student)
        rows.append([*about, "" if value is None else f"{value:.2f}"])
    title = wanted.column or wanted.titles[0]
    return spreadsheet.written((*target.header, title), rows, bom), notes
