"""`course.toml` and `extensions.csv`: what the course's staff decided about time."""

import datetime
import re
import tomllib
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from autograder.course.directory import Course, CourseError
from autograder.course.gradescope import attempts as gradescope_attempts
from autograder.course.gradescope.attempts import Attempts
from autograder.course.gradescope.results import VISIBILITIES
from autograder.course.term import tables
from autograder.course.term.lateness import Deadline, Rule, zone_of
from autograder.report import spreadsheet

GRACE = re.compile(r"\s*(\d+)\s*(min|minutes?|h|hours?)\s*")
RULE = re.compile(
    r"\s*(?P<amount>\d+(?:\.\d+)?)\s*(?P<unit>%|points?)\s*(?:per|/|a)\s*day"
    r"(?:\s*,?\s*at most\s+(?P<most>\d+)\s+days?)?\s*"
)
SLIP = re.compile(r"\s*slip days(?:\s*,?\s*then\s+(?P<rest>.+))?")
ATTEMPTS = ("last", "last on time")
LATE_HELP = (
    'late = "10 points per day", "10 % per day, at most 3 days", "slip days", '
    'or "slip days, then 10 % per day"'
)


class Assignment(NamedTuple):
    """What `course.toml` says of one assignment."""

    title: str
    deadline: Deadline | None = None
    rule: Rule | None = None
    slips: bool = False  # slip days of the course pay for late days
    attempt: str = "last"  # which attempt counts, of ATTEMPTS
    column: str | None = None  # its column in the platform's gradebook
    visibility: str = "visible"  # when Gradescope shows results, of `gradescope.results.VISIBILITIES`
    attempts: Attempts | None = None  # how many Gradescope judges


class Settings(NamedTuple):
    """What `course.toml` says."""

    zone: datetime.tzinfo = datetime.UTC
    slip_days: int = 0
    assignments: Mapping[str, Assignment] = {}  # by name

    def of(self, assignment: str) -> Assignment:
        """The Assignment of this name; one without a due date where the file says nothing."""
        return self.assignments.get(assignment) or Assignment(title=assignment)


def read(course: Course) -> Settings:
    """The Settings of a course; those without any due date where it has no `course.toml`.

    Raises:
        CourseError: the file says what we do not understand; the message names the entry.
    """
    path = course.root / "course.toml"
    if not path.is_file():
        return Settings()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is not TOML: {error}.") from error
    return parsed(said)


def parsed(said: Mapping[str, Any]) -> Settings:
    """The Settings in what `course.toml` says, as a dictionary.

    Raises:
        CourseError: an entry is unknown or has a value that we do not understand.
    """
    _only(said, ("timezone", "slip_days", "assignments"), "course.toml")
    zone = _zone(said.get("timezone", "UTC"))
    slip_days = said.get("slip_days", 0)
    if type(slip_days) is not int or slip_days < 0:
        raise CourseError(f"course.toml: expected slip_days to be a whole number, got {slip_days!r}.")
    entries = _table(said.get("assignments", {}), "course.toml, assignments").items()
    return Settings(zone, slip_days, {name: _assignment(name, entry, zone) for name, entry in entries})


def _table(entry, where):
    if not isinstance(entry, dict):
        raise CourseError(f"{where}: expected entries such as name = value, got {entry!r}.")
    return entry


def _only(entry, names, where):
    if unknown := sorted(set(_table(entry, where)) - set(names)):
        raise CourseError(f"{where}: expected the entries {', '.join(names)}, got {', '.join(unknown)}.")


def _zone(name):
    try:
        return zone_of(name)
    except ValueError as error:
        raise CourseError(
            f'course.toml: expected a time zone such as timezone = "Europe/Berlin", got {name!r}.'
        ) from error


def _assignment(name, entry, zone):
    where = f"course.toml, [assignments.{name}]"
    _only(entry, ("title", "due", "grace", "late", "attempt", "column", "gradescope"), where)
    for text in ("title", "column"):
        if not isinstance(entry.get(text, ""), str):
            raise CourseError(f"{where}: expected {text} in quotation marks, got {entry[text]!r}.")
    attempt = entry.get("attempt", "last")
    if attempt not in ATTEMPTS:
        raise CourseError(f"{where}: expected attempt to be {' or '.join(ATTEMPTS)}, got {attempt!r}.")
    due, late = entry.get("due"), entry.get("late")
    if due is None and (late or "grace" in entry):
        raise CourseError(f"{where}: grace and late need a due date, such as due = 2027-02-05T23:59:00.")
    rule, slips = _late(late, where) if late else (None, False)
    deadline = due and Deadline(local(due, zone, f"{where}, due"), _grace(entry.get("grace"), where))
    shown = _gradescope(entry.get("gradescope", {}), where)
    return Assignment(entry.get("title", name), deadline, rule, slips, attempt, entry.get("column"), *shown)


def _gradescope(entry, where):
    """(visibility, Attempts or None)."""
    where = f"{where}, gradescope"
    _only(entry, ("visibility", "attempts"), where)
    visibility, rule = entry.get("visibility", VISIBILITIES[0]), entry.get("attempts")
    if visibility not in VISIBILITIES:
        raise CourseError(f"{where}: expected visibility {', '.join(VISIBILITIES)}, got {visibility!r}.")
    try:
        return visibility, None if rule is None else gradescope_attempts.parsed(rule)
    except ValueError as error:
        raise CourseError(f"{where}: {error}.") from error


def local(moment: object, zone: datetime.tzinfo, where: str) -> datetime.datetime:
    """A moment with a time zone, from a date (its last minute) or a time, as a value of TOML or as text.

    Raises:
        CourseError: it is neither.
    """
    if isinstance(moment, str):
        text = moment.strip()
        try:
            whole_day = len(text) <= len("2027-02-05")
            moment = (datetime.date if whole_day else datetime.datetime).fromisoformat(text)
        except ValueError:
            pass
    if isinstance(moment, datetime.datetime):
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    if isinstance(moment, datetime.date):
        return datetime.datetime.combine(moment, datetime.time.max, zone)
    raise CourseError(f"{where}: expected a time such as 2027-02-05T23:59:00, got {moment!r}.")


def _grace(text, where):
    match = GRACE.fullmatch(text) if isinstance(text, str) else None
    if text is not None and not match:
        raise CourseError(f'{where}: expected grace such as "15 min" or "2 h", got {text!r}.')
    number = int(match[1]) if match else 0
    hours = match and match[2].startswith("h")
    return datetime.timedelta(hours=number) if hours else datetime.timedelta(minutes=number)


def _late(text, where):
    """(Rule or None, whether slip days pay first)."""
    slip = SLIP.fullmatch(text) if isinstance(text, str) else None
    rest = slip["rest"] if slip else text
    if slip and rest is None:
        return Rule(share=0.0, points=0.0, most_days=0), True
    match = RULE.fullmatch(rest) if isinstance(rest, str) else None
    if not match:
        raise CourseError(f"{where}: expected {LATE_HELP}, got {text!r}.")
    amount, most = float(match["amount"]), match["most"]
    share, points = (amount / 100, 0.0) if match["unit"] == "%" else (0.0, amount)
    return Rule(share, points, None if most is None else int(most)), bool(slip)


def extensions(course: Course, zone: datetime.tzinfo) -> dict[tuple[str, str], datetime.datetime]:
    """{(student, assignment): until}, the latest where there are several, from `extensions.csv`.

    Other columns, such as a reason, are not read.

    Raises:
        CourseError: a column is missing, or a time is not understood.
    """
    path = course.root / "extensions.csv"
    found: dict[tuple[str, str], datetime.datetime] = {}
    if not path.is_file():
        return found
    table = tables.read(path)
    names = {name.casefold(): name for name in table.header}
    if missing := [name for name in ("student", "assignment", "until") if name not in names]:
        raise CourseError(f"{path}: expected columns student, assignment, until; {missing[0]} is missing.")
    for number, record in table.records():
        student, assignment, until = (record.get(names[n], "") for n in ("student", "assignment", "until"))
        moment = local(until, zone, f"{path}, row {number + 1}")
        key = spreadsheet.plain(student), assignment
        found[key] = max(moment, found.get(key, moment))
    return found


def without_effect(course: Course, students: Collection[str], assignment: str) -> list[str]:
    """Sentences about entries on time that name nobody and nothing of the course, such as misspelt ones.

    Args:
        students: all students, or none where there is no roster.
        assignment: the one at hand, about which `course.toml` should say something if it says anything.
    """
    said, known = read(course), course.assignments()
    strange = sorted(set(said.assignments) - set(known))
    found = []
    if strange and assignment not in said.assignments:
        found.append(
            f"course.toml has no entry for {assignment}, but one for {', '.join(strange)}, which is no "
            "assignment of this course."
        )
    for student, name in extensions(course, said.zone):
        if name not in known and name not in said.assignments:
            found.append(f"extensions.csv: {name} ({student}) is no assignment of this course.")
        elif students and student not in students:
            found.append(f"extensions.csv: {student} ({name}) is no student of this course.")
    return found
