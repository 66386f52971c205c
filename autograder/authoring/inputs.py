"""The arguments of a task: how they are drawn, and what small ones look like.

An axis is a letter, whose size the task's `sizes` give, or a number. Draws have the dtype float64, or int64,
unless `dtype` says otherwise.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograder.engine.assignment import Arguments

ARRAY, NUMBER, ARRAYS = "array", "number", "arrays"
Axis = str | int
Shape = tuple[int, ...]
Draw = Callable[[np.random.Generator, Shape], np.ndarray]
Repair = Callable[[np.ndarray], np.ndarray]
Sizes = dict[str, int]  # {letter of an axis: its size}


class Input(NamedTuple):
    """An argument of a student's function.

    Args:
        axes: of the array; none for a single number.
        draw: (generator, shape) -> array.
        small: likewise, with small round numbers, for the smallest case.
        repair: array -> the nearest one that this argument may be.
        made: for an argument that depends on others, a function of their names instead of `draw`.
        size: the letter of the axis whose size this is.
        dtype: of the array.
        kind: how it is passed to the function: ARRAY (as the task's forms say), NUMBER, or ARRAYS (a list).
            An array without axes is also a number.
    """

    axes: tuple[Axis, ...]
    draw: Draw | None = None
    small: Draw | None = None
    repair: Repair = np.asarray
    made: Callable[..., Any] | None = None
    size: str = ""
    dtype: str | None = "float64"
    kind: str = ARRAY


def normal(*axes: Axis, mean: float = 0.0, sigma: float = 1.0, dtype: str = "float64") -> Input:
    """Independent normal numbers."""

    def draw(rng, shape):
        return mean + sigma * rng.standard_normal(shape)

    return Input(axes, draw, _whole(-3, 3), dtype=dtype)


def uniform(*axes: Axis, low: float = 0.0, high: float = 1.0, dtype: str = "float64") -> Input:
    """Numbers between `low` and `high`."""

    def within(array):
        return np.clip(array, low, high)

    def small(rng, shape):
        quarters = low + (high - low) * rng.integers(1, 4, shape) / 4
        return np.where(
            np.abs(np.round(quarters) - quarters) < (high - low) / 8, np.round(quarters), quarters
        )

    return Input(axes, lambda rng, shape: rng.uniform(low, high, shape), small, within, dtype=dtype)


def positive(*axes: Axis, low: float = 0.1, high: float = 10.0, dtype: str = "float64") -> Input:
    """Positive numbers whose logarithms are uniform between those of `low` and `high`."""

    def draw(rng, shape):
        return np.exp(rng.uniform(np.log(low), np.log(high), shape))

    return Input(axes, draw, _whole(1, 4), lambda array: np.maximum(array, low), dtype=dtype)


def integers(*axes: Axis, low: int = 0, high: int = 9, dtype: str = "int64") -> Input:
    """Integers from `low` to `high`, both included; pass a float `dtype` for labels in float."""

    def within(array):
        return np.clip(np.round(array), low, high).astype(int)

    return Input(
        axes,
        lambda rng, shape: rng.integers(low, high + 1, shape),
        lambda rng, shape: rng.integers(low, min(high, low + 3) + 1, shape),
        within,
        dtype=dtype,
    )


def probabilities(*axes: Axis, concentration: float = 1.0, dtype: str = "float64") -> Input:
    """Rows along the last axis that sum to 1 (Dirichlet)."""

    def draw(rng, shape):
        return rng.dirichlet(np.full(shape[-1], concentration), shape[:-1])

    return Input(axes, draw, lambda rng, shape: exact_rows(draw(rng, shape)), exact_rows, dtype=dtype)


def exact_rows(table: np.ndarray, parts: int = 8, instead: Sequence[float] | None = None) -> np.ndarray:
    """Rows of probabilities in eighths, or other parts, so that each sums to 1 exactly.

    Args:
        instead: the row where nothing is left for the last entry; by default the first is 1.
    """
    table = np.round(parts * np.asarray(table)) / parts
    table[..., -1] = 1 - table[..., :-1].sum(-1)
    first = np.eye(table.shape[-1])[0]
    return np.where(table.min(-1, keepdims=True) < 0, first if instead is None else instead, table)


def size(letter: str) -> Input:
    """The size of an axis, as a whole number."""
    return Input((), size=letter, kind=NUMBER)


def fixed(value: Any, kind: str = ARRAY) -> Input:
    """The same value each time."""
    if kind == ARRAY and np.ndim(value) == 0:
        return Input((), made=lambda: np.asarray(value).item(), kind=NUMBER)
    return Input((), made=lambda: np.asarray(value), kind=kind, dtype=None)


def made(function: Callable[..., Any], kind: str = ARRAY, dtype: str | None = None) -> Input:
    """The result of a function of sizes, earlier arguments and `rng`, each passed by its parameter's name.

    `made(lambda rng, x, K: rng.permutation(x)[:K])` draws K rows of the argument x.
    """
    return Input((), made=function, kind=kind, dtype=dtype)


def _whole(low, high):
    return lambda rng, shape: rng.integers(low, high + 1, shape).astype(float)


def public() -> np.random.Generator:
    """The generator of inputs that students may see: no secret is in it."""
    return np.random.default_rng(0)


class InHalves(np.random.Generator):
    """Draws normal numbers in halves, so that what `made` functions return is round in the smallest case."""

    def normal(self, *args: Any, **options: Any) -> Any:
        return np.round(2 * super().normal(*args, **options)) / 2

    def standard_normal(self, *args: Any, **options: Any) -> Any:
        return np.round(2 * super().standard_normal(*args, **options)) / 2


class TooLarge(ValueError):
    """An argument would have more numbers than a question may send."""


MOST_NUMBERS = 1 << 20


def drawn(inputs: dict[str, Input], sizes: Sizes, rng: np.random.Generator, small: bool = False) -> Arguments:
    """The arguments of one call, in order.

    Args:
        small: small round numbers, for the smallest case.
    Raises:
        TooLarge: an argument would have more than a million numbers.
        KeyError: a letter has no size.
    """
    values: dict[str, Any] = {}
    rng = InHalves(rng.bit_generator) if small else rng
    for name, one in inputs.items():
        draw = one.small if small else one.draw
        value: Any = None
        if one.size:
            value = sizes[one.size]
        elif one.made is not None:
            known = {"rng": rng, **sizes, **values}
            value = one.made(*(known[wanted] for wanted in inspect.signature(one.made).parameters))
        elif draw is not None:
            shape = tuple(sizes[axis] if isinstance(axis, str) else axis for axis in one.axes)
            if np.prod(shape, dtype=float) > MOST_NUMBERS:
                raise TooLarge(f"{name} would have {np.prod(shape, dtype=float):.0f} numbers.")
            value = draw(rng, shape)
        if one.kind == ARRAYS:
            value = [np.asarray(part) for part in value]
        elif one.kind == ARRAY and np.ndim(value):
            value = np.asarray(value)
            value = value if one.dtype is None else value.astype(one.dtype)
            if value.size > MOST_NUMBERS:
                raise TooLarge(f"{name} would have {value.size} numbers.")
        elif one.kind == ARRAY:
            value = np.asarray(value).item()
        values[name] = value
    return tuple(values.values())


def copied(arguments: Arguments) -> Arguments:
    """The arguments as the right function gets them: fresh arrays, in float64 where they are not whole."""
    return tuple(
        [_double(part) for part in value] if isinstance(value, list) else _double(value)
        for value in arguments
    )


def _double(value):
    if not np.ndim(value):
        return value
    return np.array(value, float if np.asarray(value).dtype.kind == "f" else None)
