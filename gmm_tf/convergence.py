"""When a fit has converged."""

import numpy as np

# Steps in a row that must be calm, as sums in float32 round; a fit of fewer steps is judged by all of them.
PATIENCE = 3


def is_calm(now, gain, gain_before, tol):
    """Whether a step gained less than tol times the size of the log-likelihood (times 1 if that is larger).

    Not where it gained more than the step before: so EM leaves a saddle.

    Args:
        now, gain, gain_before: arrays or tensors.
    """
    small = (gain < tol) | (gain < tol * abs(now))
    return small & ~((gain_before > 0) & (gain > gain_before))


def patience(max_steps):
    """Calm steps in a row that end a fit of at most max_steps."""
    return min(PATIENCE, max_steps)


def converged(values, tol, max_steps):
    """Whether the last steps were calm; never for tol = 0.

    Args:
        values: the log-likelihood before each step and, if it is known, after the last.
    """
    steps = patience(max_steps)
    last = np.array(values[-steps - 2 :])
    gains = np.diff(last)
    if not tol > 0 or len(gains) < steps:
        return False
    before = np.append(np.inf, gains)[-steps - 1 : -1]
    return bool(is_calm(last[-steps:], gains[-steps:], before, tol).all())
