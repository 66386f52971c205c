"""The page of `autograder similar`: two submissions beside each other, with what both have marked."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import markupsafe

from autograder.report.pages import PAGES, Person

Students = tuple[str, str]  # two of them
Interval = tuple[int, int]  # (start, end) of a passage


class Pair(NamedTuple):
    """Two students, and what they share."""

    students: Students
    same: dict[str, str] = {}  # task -> known mistake that explains the same answer, or ""


class Class(NamedTuple):
    """A class, compared pair by pair."""

    pairs: list[Pair]  # the first to read first
    cells: dict[str, dict[str, str]]  # student -> {id: text}
    marks: dict[Students, dict[str, list[Interval]]]  # by student and the other: what both have
    students: int
    without_answers: int  # students whose answers in grading are not kept


def page(
    assignment: str, found: Class, people: Mapping[str, Person], titles: Mapping[str, str], most_shared: int
) -> str:
    """A page for the course's staff.

    Args:
        people: {student: Person}, for names.
        titles: {id: what the notebook calls it}.
        most_shared: students beyond whom something counts as common knowledge.
    """
    return PAGES.get_template("similar.html").render(
        assignment=assignment,
        students=found.students,
        without_answers=found.without_answers,
        most_shared=most_shared,
        titles=titles,
        names={student: person.name for student, person in people.items()},
        pairs=[shown(pair, found) for pair in found.pairs],
    )


def shown(pair: Pair, found: Class) -> dict[str, Any]:
    """A pair with the cells in which anything is marked, or an answer is the same."""
    one, other = pair.students
    marks = found.marks[one, other], found.marks[other, one]
    names = [name for name in found.cells[one] | found.cells[other] if any(name in m for m in marks)]
    names += [task for task in pair.same if task not in names]
    characters = sum(end - start for places in marks[0].values() for start, end in places)
    sides = [
        [with_marks(found.cells[student].get(name, ""), of.get(name, ())) for name in names]
        for student, of in zip(pair.students, marks, strict=True)
    ]
    return {"pair": pair, "characters": characters, "rows": list(zip(names, *sides, strict=True))}


def with_marks(text: str, places: Iterable[Interval]) -> markupsafe.Markup:
    """A text for a page, escaped, with these places marked."""
    parts, last = [], 0
    for start, end in places:
        parts += [text[last:start], markupsafe.Markup("<mark>{}</mark>").format(text[start:end])]
        last = end
    return markupsafe.Markup("").join([*parts, text[last:]])
