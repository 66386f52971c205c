"""Arrays in the precision of TensorFlow's users, and in that of the judges."""

from collections.abc import Sequence
from typing import Any

import numpy as np

Numbers = np.ndarray | Sequence[Any] | float  # an array, or what Python would write for one


def single(value: Numbers) -> np.ndarray:
    """A copy in float32."""
    return np.array(value, np.float32)


def double(value: Numbers) -> np.ndarray:
    """A copy in float64."""
    return np.array(value, np.float64)
