"""When a fit has converged."""

import numpy as np

# Steps in a row that must gain too little, as sums in float32 round; all of them in a shorter fit.
PATIENCE = 3


def too_little(now, last, tol):
    """Whether the gain is below tol times the size of the log-likelihood (times 1 if that is larger).

    Args:
        now, last: numbers, arrays or tensors.
    """
    gain = now - last
    return (gain < tol) | (gain < tol * abs(now))


def patience(max_steps):
    """Calm steps in a row that end a fit of at most max_steps."""
    return min(PATIENCE, max_steps)


def converged(values, tol, max_steps):
    """Whether the last steps each gained too little; never for tol = 0.

    Args:
        values: the log-likelihood before each step and, if it is known, after the last.
    """
    steps = patience(max_steps)
    last = np.array(values[-steps - 1 :])
    return tol > 0 and len(last) > steps and bool(too_little(last[1:], last[:-1], tol).all())
