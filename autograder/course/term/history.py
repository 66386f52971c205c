"""What changed in a student's points, when and by whom: `reports/.log/ASSIGNMENT.jsonl`, which only grows,
except if a student is removed.

Earlier points are read from the log itself, so a command that is killed logs a change once or not at all.
"""

import datetime
import getpass
import os
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from autograder.course import lines
from autograder.course.atomic import write
from autograder.course.directory import Course
from autograder.report.marks import Score


class Kind(StrEnum):
    """Who changed points; or a complaint about them."""

    GRADER = "grader"
    PERSON = "person"
    COMPLAINT = "complaint"


class State(StrEnum):
    """Of a complaint."""

    OPEN = "open"
    CLOSED = "closed"


GRADER, PERSON, COMPLAINT = Kind
SUMS = ("score", "penalty")
Item = tuple[str, str]  # student, and a task or one of SUMS


class Entry(NamedTuple):
    """One line of the log."""

    time: str
    user: str  # of the machine, who ran the command that found the change
    kind: str  # of `Kind`, as the file says it
    student: str
    item: str  # a task, or one of SUMS
    before: float | None = None
    after: float | None = None
    note: str = ""
    state: str = ""  # of a complaint
    number: int | None = None  # of a complaint


def place_of(course: Course, assignment: str) -> Path:
    """Where the log of an assignment is."""
    return course.root / "reports" / ".log" / f"{assignment}.jsonl"


def read(course: Course, assignment: str) -> list[Entry]:
    """[Entry], the oldest first."""
    return [Entry(**said) for said in lines.read(place_of(course, assignment))]


def append(course: Course, assignment: str, entries: Iterable[Entry]) -> None:
    """Add entries to the log."""
    lines.append(place_of(course, assignment), (entry._asdict() for entry in entries))


def replace(course: Course, assignment: str, entries: Iterable[Entry]) -> None:
    """Write a log with these entries alone."""
    text = lines.written(entry._asdict() for entry in entries)
    write(place_of(course, assignment), text, mode=0o600)


def points_of(scores: Mapping[str, Score]) -> dict[Item, tuple[float, Kind]]:
    """{(student, item): (points, who gave them)} of {student: marks.Score}."""
    found: dict[Item, tuple[float, Kind]] = {}
    for student, score in scores.items():
        for task, mark in score.marks.items():
            if mark.entered is not None or mark.automatic is not None:
                found[student, task] = mark.points, GRADER if mark.entered is None else PERSON
        found[student, "penalty"] = score.penalty, GRADER
        found[student, "score"] = score.score, GRADER
    return found


def changes(
    known: Mapping[Item, float], points: Mapping[Item, tuple[float, Kind]]
) -> list[tuple[str, str, float | None, float, Kind]]:
    """[(student, item, before or None, after, kind)] of what differs.

    Args:
        known: {(student, item): points} so far.
        points: as `points_of` returns; what is not in it has not changed.
    """
    return [
        (student, item, known.get((student, item)), value, kind)
        for (student, item), (value, kind) in points.items()
        if (student, item) not in known or abs(known[student, item] - value) > 0.005
    ]


def known_points(entries: Iterable[Entry]) -> dict[Item, float]:
    """{(student, item): points} at the end of a log."""
    return {(e.student, e.item): e.after for e in entries if e.kind != COMPLAINT and e.after is not None}


def students_of(entries: Iterable[Entry]) -> list[str]:
    """Students in the order in which they first got points."""
    return list(dict.fromkeys(e.student for e in entries if e.kind != COMPLAINT))


def record(course: Course, assignment: str, scores: Mapping[str, Score]) -> None:
    """Log what differs from the last time, while `locks.recording`."""
    found = changes(known_points(read(course, assignment)), points_of(scores))
    if found:
        time, user = now(), who()
        # The score changes because a person changed a part of it.
        by_hand = {(student, "score") for student, *_, kind in found if kind == PERSON}
        entries = [
            Entry(time, user, PERSON if (s, item) in by_hand else kind, s, item, old, new)
            for s, item, old, new, kind in found
        ]
        append(course, assignment, entries)


def now() -> str:
    """The present time, to the second, with its zone."""
    return datetime.datetime.now().astimezone().isoformat(" ", "seconds")


def who() -> str:
    """The user of this machine who runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def complaints(entries: Iterable[Entry]) -> dict[int, list[Entry]]:
    """{number: [Entry]} of each complaint, from its opening on."""
    found: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.kind == COMPLAINT and entry.number is not None:
            found.setdefault(entry.number, []).append(entry)
    return found


def complaint(course: Course, assignment: str, student: str, item: str, note: str) -> int:
    """Log a student's complaint -> its number."""
    number = max(complaints(read(course, assignment)), default=0) + 1
    entry = Entry(now(), who(), COMPLAINT, student, item, note=note, state=State.OPEN, number=number)
    append(course, assignment, [entry])
    return number


def close(course: Course, assignment: str, number: int, note: str) -> None:
    """Log what was decided about a complaint.

    Raises:
        KeyError: there is no such complaint.
    """
    first = complaints(read(course, assignment))[number][0]
    append(course, assignment, [first._replace(time=now(), user=who(), note=note, state=State.CLOSED)])
