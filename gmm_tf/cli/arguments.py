"""What several commands take on their command lines."""

import argparse
import math
import sys
from collections.abc import Callable
from typing import Any

# The exit status that shells report for a command that Ctrl-C ended.
INTERRUPTED = 130


def add_progress(parser: argparse.ArgumentParser, what: str = "a progress bar") -> None:
    """The argument `--progress`."""
    parser.add_argument(
        "--progress",
        action=argparse.BooleanOptionalAction,
        default=sys.stdout.isatty(),
        help=f"show {what} (default: on a terminal)",
    )


def positive(text: str) -> int:
    """An integer >= 1."""
    return _checked(text, int, lambda value: value >= 1, "an integer >= 1")


def two_or_more(text: str) -> int:
    """An integer >= 2."""
    return _checked(text, int, lambda value: value >= 2, "an integer >= 2")


def not_negative_integer(text: str) -> int:
    """An integer >= 0."""
    return _checked(text, int, lambda value: value >= 0, "an integer >= 0")


def not_negative(text: str) -> float:
    """A finite number >= 0."""
    return _checked(text, float, lambda value: 0 <= value < math.inf, "a number >= 0")


def above_zero(text: str) -> float:
    """A finite number > 0."""
    return _checked(text, float, lambda value: 0 < value < math.inf, "a number > 0")


def _checked(text: str, kind: Callable[[str], Any], is_right: Callable[[Any], bool], expected: str) -> Any:
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not is_right(value):
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return value
