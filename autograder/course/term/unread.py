"""Which written answers still wait for a reader, in parts that several readers share."""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote

from autograder.course.directory import CourseError
from autograder.report.marks import Score


class Waiting(NamedTuple):
    """A written answer that nobody has graded yet."""

    question: str
    student: str
    link: str  # opens it in nbgrader's formgrader


def part_of(text: str) -> tuple[int, int]:
    """(part, parts) in text such as "2/5".

    Raises:
        CourseError: it is not such.
    """
    part, slash, parts = text.partition("/")
    if slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    raise CourseError(f"Expected --part such as 2/5, got {text}.")


def students_of_part(students: Iterable[str], part: int, parts: int) -> set[str]:
    """Every student is in one part; parts are as large, and stay as they are while people read.

    Args:
        students: in an order in which new ones come last.
    """
    return set(islice(students, part - 1, None, parts))


def waiting(
    scores: Mapping[str, Score], pages: Mapping[str, str], chosen: Collection[str], server: str
) -> list[Waiting]:
    """[Waiting], question by question.

    Args:
        scores: {student: marks.Score}.
        pages: {student: id of the submitted notebook in the gradebook}.
        chosen: students of one reader.
        server: address of Jupyter with the formgrader.
    """
    forms = f"{server.rstrip('/')}/formgrader/submissions"
    found = [
        Waiting(name, student, f"{forms}/{quote(pages[student])}/#{quote(name)}")
        for student, score in scores.items()
        if student in chosen and student in pages
        for name, mark in score.marks.items()
        if mark.waits
    ]
    return sorted(found)
