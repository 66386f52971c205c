"""Exact binomial tests of many counts.

SciPy's takes milliseconds for each count, and a judge compares hundreds of them with each known mistake.
"""

import numpy as np
import scipy
from numpy.typing import ArrayLike


def likely(counts: ArrayLike, n: int, p: ArrayLike, rate: float) -> bool:
    """Whether exact two-sided binomial tests pass all of these counts.

    Args:
        counts, p: how many of n draws were of each kind, and the probability of that kind.
        rate: of false alarms, of each test.
    Raises:
        ValueError: a probability is not a number.
    """
    found, chances = np.ravel(counts), np.clip(np.ravel(p), 0, 1)
    # A p-value is at least the probability of the count itself, which is quick to compute, and at most n + 1
    # times that. A factor of 2 leaves room for rounding; what is not a number is left to SciPy, too.
    alone = scipy.stats.binom.pmf(found, n, chances)
    if np.any(2 * (n + 1) * alone < rate):
        return False
    passed = alone >= 2 * rate
    return all(
        scipy.stats.binomtest(int(count), n, float(chance)).pvalue >= rate
        for count, chance in zip(found[~passed], chances[~passed], strict=True)
    )
