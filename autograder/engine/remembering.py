"""Cache what was computed for the questions of a course, which all submissions share."""

import functools
from collections.abc import Callable
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


def remembered(function: Callable[..., Result]) -> Callable[..., Result]:
    """A function of (..., pieces) that remembers what it returned for the same objects and pieces.

    A course asks every submission the same questions.
    """
    remember = functools.lru_cache(maxsize=1 << 14)(
        lambda pieces, *same: function(*(one.value for one in same), dict(pieces))
    )
    return lambda *arguments: remember(tuple(arguments[-1].items()), *map(_Same, arguments[:-1]))
