"""Numbers about a class and its tasks: classical test theory, by pure functions of points.

Item-rest correlation and Cronbach's alpha as in Allen and Yen, Introduction to Measurement Theory (1979),
with the variance of a sample (n - 1).
"""

import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Points = Mapping[str, Mapping[str, float | None]]  # {task: {student: points, or None}}


class Item(NamedTuple):
    """One task; a number is None where it is not defined."""

    name: str
    max: float
    n: int  # students with points
    mean: float | None
    spread: float | None  # standard deviation
    difficulty: float | None  # mean share of the points, 0 to 1
    item_rest: float | None  # correlation with the sum of all other tasks
    zero: float | None  # share of students without any point
    full: float | None  # share of students with all points


class Whole(NamedTuple):
    """All tasks together."""

    n: int
    mean: float | None
    spread: float | None
    quartiles: tuple[float, ...]  # three numbers, or none
    alpha: float | None
    complete: int  # students with points in every task, from whom alpha is computed


def of_scores(scores: Sequence[float], points: Points) -> Whole:
    """The Whole.

    Args:
        scores: total of each student.
        points: {task: {student: points or None}}.
    """
    rows = _complete(points)
    return Whole(
        len(scores),
        statistics.fmean(scores) if scores else None,
        statistics.stdev(scores) if len(scores) > 1 else None,
        quartiles(scores),
        alpha(rows),
        len(rows),
    )


def quartiles(scores: Sequence[float]) -> tuple[float, ...]:
    """First, second and third quartile, between neighbouring scores by their distance (R's type 7)."""
    if not scores:
        return ()
    return (
        tuple(statistics.quantiles(scores, n=4, method="inclusive")) if len(scores) > 1 else (scores[0],) * 3
    )


def alpha(rows: Sequence[Sequence[float]]) -> float | None:
    """Cronbach's alpha of rows of points, one for each student; None where it is not defined."""
    items = len(rows[0]) if rows else 0
    if len(rows) < 2 or items < 2:
        return None
    total = statistics.variance([sum(row) for row in rows])
    if total <= 1e-12:
        return None
    parts = sum(statistics.variance(column) for column in zip(*rows, strict=True))
    return items / (items - 1) * (1 - parts / total)


def item(name: str, points: Points, maximum: float) -> Item:
    """The Item of one task.

    Args:
        points: {task: {student: points or None}} of all tasks.
        maximum: points of this one.
    """
    own = [value for value in points[name].values() if value is not None]
    if not own:
        return Item(name, maximum, 0, None, None, None, None, None, None)
    mean = statistics.fmean(own)
    return Item(
        name,
        maximum,
        len(own),
        mean,
        statistics.stdev(own) if len(own) > 1 else None,
        mean / maximum if maximum else None,
        item_rest(_complete(points), list(points).index(name)),
        sum(value == 0 for value in own) / len(own),
        sum(value >= maximum for value in own) / len(own),
    )


def item_rest(rows: Sequence[Sequence[float]], column: int) -> float | None:
    """Correlation of one column with the sum of the others; None where one of them is constant."""
    one = [row[column] for row in rows]
    rest = [sum(row) - row[column] for row in rows]
    if len(rows) < 2 or min(_range(one), _range(rest)) <= 1e-9:
        return None
    return statistics.correlation(one, rest)


def _range(values):
    return max(values) - min(values)


def _complete(points):
    """Rows of points of the students who have points in every task."""
    columns = list(points.values())
    if not columns:
        return []
    students = [s for s in columns[0] if all(column.get(s) is not None for column in columns)]
    return [[column[student] for column in columns] for student in students]


COLUMNS = ("task", "points", *Item._fields[2:])


def table(items: Sequence[Item], whole: Whole) -> tuple[tuple[str, ...], list[list[object]]]:
    """(header, rows) of `statistics.csv`: a row for each task, then one for the sum of all."""
    rows: list[list[object]] = [[*one] for one in items]
    most = sum(one.max for one in items)
    rows.append(["total", most, whole.n, whole.mean, whole.spread, None, None, None, None])
    for name, value in zip(("first quartile", "median", "third quartile"), whole.quartiles, strict=False):
        rows.append([name, "", whole.n, value])
    return COLUMNS, [*rows, ["alpha", "", whole.complete, whole.alpha]]
