"""Cache what was computed for the questions of a course, which all submissions share."""

import functools
from collections.abc import Callable, Hashable
from typing import TypeVar

Result = TypeVar("Result")


class _Same:
    """A value as the key of a cache, equal only where it is the same object."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other):
        return self.value is other.value

    def __hash__(self):
        return id(self.value)


def remembered(function: Callable[..., Result], most: int = 1 << 14) -> Callable[..., Result]:
    """A function of (..., pieces) that remembers what it returned for the same objects and pieces.

    A course asks every submission the same questions.

    Args:
        most: number of results that are remembered, the latest ones.
    """

    @functools.lru_cache(maxsize=most)
    def remember(names: tuple[Hashable, ...], *same: _Same) -> Result:
        values = [one.value for one in same]
        count = len(values) - len(names)
        return function(*values[:count], dict(zip(names, values[count:], strict=True)))

    return lambda *arguments: remember(
        tuple(arguments[-1]), *map(_Same, (*arguments[:-1], *arguments[-1].values()))
    )
