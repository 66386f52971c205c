"""Arrays in the precision of TensorFlow's users, and in that of the judges."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Numbers = np.ndarray | Sequence[Any] | float  # an array, or what Python would write for one


def single(value: Numbers) -> np.ndarray:
    """A copy in float32."""
    return np.array(value, np.float32)


def double(value: Numbers) -> np.ndarray:
    """A copy in float64."""
    return np.array(value, np.float64)


def f32(*values: Numbers) -> tuple[np.ndarray, ...]:
    """Copies in float32."""
    return tuple(map(single, values))


def doubles(values: Iterable[Numbers]) -> tuple[np.ndarray, ...]:
    """Copies in float64."""
    return tuple(map(double, values))
