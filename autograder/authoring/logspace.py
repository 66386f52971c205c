"""The sum in log space, for float64 arrays of NumPy alone.

SciPy's takes five times as long for a table of 120 by 3, since it serves other kinds of arrays as well;
a judge calls it thousands of times for one wrong submission.
"""

import numpy as np

Axis = int | tuple[int, ...] | None


def logsumexp(a: np.ndarray, axis: Axis = None, keepdims: bool = False) -> np.ndarray:
    """log of the sum of exp(a) over one axis or several, by default over all."""
    a = np.asarray(a, float)
    top = a.max(axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(a - top).sum(axis, keepdims=True)) + top
    return total if keepdims else total.squeeze(axis)[()]
