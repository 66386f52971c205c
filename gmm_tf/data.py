"""Data with a known truth."""

from typing import NamedTuple

import numpy as np


class Course(NamedTuple):
    """Parameters of a 1-D mixture in the order in which the course functions take them."""

    logits: np.ndarray  # [K], logsumexp = 0
    means: np.ndarray  # [K]
    lsigmas: np.ndarray  # [K]


def _constant(values):
    array = np.asarray(values, np.float32)
    array.flags.writeable = False
    return array


COURSE = Course(
    logits=_constant(np.log([1 / 4, 1 / 4, 1 / 6, 1 / 6, 1 / 6])),
    means=_constant([1.0, -0.5, -2.0, 0.5, 3.0]),
    lsigmas=_constant(np.log([0.5, 1.0, 0.2, 0.1, 0.5])),
)


def course_data(n=5000, seed=0):
    """n independent draws from COURSE, [n, 1], float32; the same draws for the same seed.

    Raises:
        ValueError: n < 1.
    """
    if n < 1:
        raise ValueError(f"Expected n >= 1, got {n}; ask for at least one draw.")
    rng = np.random.default_rng(seed)
    pi = np.exp(COURSE.logits.astype(np.float64))
    z = rng.choice(len(pi), size=n, p=pi / pi.sum())
    x = COURSE.means[z] + np.exp(COURSE.lsigmas)[z] * rng.standard_normal(n)
    return x[:, None].astype(np.float32)
