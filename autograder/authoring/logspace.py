"""SciPy's sums in log space, for float64 arrays of NumPy alone.

SciPy's functions spend most of their time on other kinds of arrays, and a judge calls them thousands of times
for one wrong submission.
"""

import numpy as np


def logsumexp(a: np.ndarray, axis: int | None = None, keepdims: bool = False) -> np.ndarray:
    """log of the sum of exp(a) over an axis, or over all of it."""
    return np.logaddexp.reduce(np.asarray(a, float), axis, keepdims=keepdims)


def log_softmax(a: np.ndarray, axis: int | None = None) -> np.ndarray:
    """a - logsumexp(a), along an axis, or over all of it."""
    a = np.asarray(a, float)
    return a - np.logaddexp.reduce(a, axis, keepdims=True)


def softmax(a: np.ndarray, axis: int | None = None) -> np.ndarray:
    """exp(a) over its sum, along an axis, or over all of it."""
    return np.exp(log_softmax(a, axis))
