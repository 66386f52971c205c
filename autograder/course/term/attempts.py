"""What students handed in, attempt by attempt: `collected/ASSIGNMENT/`, from which `submitted/` is filled."""

import datetime
import hashlib
import json
import operator
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from autograder.course.atomic import write
from autograder.course.directory import Course, CourseError
from autograder.course.term.lateness import Deadline, days_late


class Attempt(NamedTuple):
    """One notebook that a student handed in."""

    id: str  # the platform's, or that of the content where it gives none
    sha256: str
    name: str  # as the student called it
    order: int = 0  # the platform's number, greater is later
    handed_in: datetime.datetime | None = None
    late: bool | None = None  # as the platform says, where it says so

    def same_as(self, other: "Attempt") -> bool:
        """Whether both are one attempt."""
        return (self.id, self.sha256) == (other.id, other.sha256)


def counting(attempts: Sequence[Attempt], rule: str, deadline: Deadline | None) -> Attempt:
    """The Attempt that counts.

    Args:
        attempts: at least one, in the order in which they were collected.
        rule: "last", or "last on time", which is the last where none was on time.
        deadline: the student's own `lateness.Deadline`, or None.
    """
    in_order = from_first_to_last(attempts)
    on_time = [one for one in in_order if not is_late(one, deadline)]
    return (on_time if rule == "last on time" and on_time else in_order)[-1]


def when(attempt: Attempt) -> tuple[int, float]:
    """Greater for a later attempt: by the platform's number, then by time."""
    return attempt.order, attempt.handed_in.timestamp() if attempt.handed_in else 0.0


def from_first_to_last(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Attempts in order; one without a time was handed in no earlier than the one collected before it."""
    latest, keyed = 0.0, list[tuple[tuple[int, float], Attempt]]()
    for one in attempts:
        latest = one.handed_in.timestamp() if one.handed_in else latest
        keyed.append(((one.order, latest), one))
    return [one for _, one in sorted(keyed, key=operator.itemgetter(0))]


def is_late(attempt: Attempt, deadline: Deadline | None) -> bool:
    """Whether an attempt is late, by our deadline where its time is known, else as the platform says."""
    if attempt.handed_in is None or deadline is None:
        return bool(attempt.late)
    return days_late(attempt.handed_in, deadline) > 0


def joined(attempts: Sequence[Attempt], new: Attempt) -> list[Attempt]:
    """The attempts with a new one, which replaces what is known of the same attempt."""
    for place, known in enumerate(attempts):
        if known.same_as(new):
            kept = new._replace(order=max(known.order, new.order), handed_in=new.handed_in or known.handed_in)
            return [*attempts[:place], kept, *attempts[place + 1 :]]
    return [*attempts, new]


def folder(course: Course, assignment: str) -> Path:
    """Where the attempts of an assignment are kept."""
    return course.root / "collected" / assignment


def kept(course: Course, assignment: str, student: str, attempt: Attempt) -> Path:
    """Where the notebook of an attempt is kept."""
    return folder(course, assignment) / student / f"{attempt.sha256[:16]}.ipynb"


def in_place(course: Course, assignment: str, student: str, known: Iterable[Attempt]) -> list[Attempt]:
    """Those of a student's attempts whose notebook stands in `submitted/`, which is what gets graded."""
    place = course.submitted(student, assignment)
    digest = hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else None
    return [one for one in known if one.sha256 == digest]


def read(course: Course, assignment: str) -> dict[str, list[Attempt]]:
    """{student: [Attempt]} of an assignment.

    Raises:
        CourseError: the list was damaged.
    """
    path = folder(course, assignment) / "attempts.json"
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_text())
        return {student: [_attempt(one) for one in rows] for student, rows in said.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise CourseError(f"{path} cannot be read: {error}. Remove it and collect again.") from error


def _attempt(said):
    time = said["handed_in"]
    return Attempt(**{**said, "handed_in": time and datetime.datetime.fromisoformat(time)})


def save(course: Course, assignment: str, attempts: Mapping[str, Sequence[Attempt]]) -> None:
    """Write the list of an assignment's attempts, readable by its owner only."""
    rows = {student: [_said(one) for one in ones] for student, ones in sorted(attempts.items())}
    text = json.dumps(rows, indent=1, ensure_ascii=False)
    write(folder(course, assignment) / "attempts.json", text, mode=0o600)


def _said(attempt):
    time = attempt.handed_in
    return {**attempt._asdict(), "handed_in": time and time.isoformat()}
