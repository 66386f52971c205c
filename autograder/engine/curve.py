"""What to ask a task whose fault a picture can show."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from autograder.engine.assignment import Question


class Curve(NamedTuple):
    """What to ask a task on a grid, and how to read what comes back."""

    question: Question
    x: np.ndarray  # (N,) places on the horizontal axis
    expected: np.ndarray  # (N, number of lines)
    read: Callable[[np.ndarray], np.ndarray]  # what the task returned -> the same; ValueError if it cannot
    lines: tuple[str, ...]  # a name for each
    upright: str  # the vertical axis, and what the caption speaks of
    across: str  # the horizontal axis
    inputs: str
