"""When a fit has converged."""

import numpy as np

# Steps in a row that must gain too little: EM can pause on a saddle, and float32 sums round.
PATIENCE = 10


def too_little(now, last, tol):
    """Whether the gain is below tol times the size of the log-likelihood (times 1 if that is larger).

    Args:
        now, last: numbers, arrays or tensors.
    """
    gain = now - last
    return (gain < tol) | (gain < tol * abs(now))


def converged(trace, tol):
    """Whether the last `PATIENCE` steps each gained too little; never for tol = 0."""
    last = np.array(trace[-PATIENCE - 1 :])
    return tol > 0 and len(last) > PATIENCE and bool(too_little(last[1:], last[:-1], tol).all())
