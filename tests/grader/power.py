"""How often the judge's statistical tests miss a mistake, and how often they accuse a right answer.

A test is passed when its p-value reaches `level`. A mistake is missed only if every test is passed, so the
probability of a miss is at most that of passing the one test that sees the mistake best; where tests look
at independent draws, at most the product over these.
"""

import numpy as np
from scipy import stats


def binomial_region(n, p, level):
    """(lowest, highest) count that the exact two-sided binomial test passes.

    Its p-value is the probability of all counts that are no likelier than the one seen, as in SciPy.
    """
    chance = stats.binom.pmf(np.arange(n + 1), n, p)
    rising = np.sort(chance)
    total = np.cumsum(rising)
    p_values = total[np.searchsorted(rising, chance * (1 + 1e-7), side="right") - 1]
    passed = np.flatnonzero(p_values >= level)
    return int(passed[0]), int(passed[-1])


def binomial_miss(n, p, true, level):
    """Probability that Bin(n, true) passes the binomial test of p."""
    low, high = binomial_region(n, p, level)
    return float(stats.binom.cdf(high, n, true) - stats.binom.cdf(low - 1, n, true))


def variance_miss(n, ratio, level):
    """Probability that n normal draws with `ratio` times the sigma of the chi-square test pass it."""
    if n < 2:
        return 1.0
    if ratio == 0:
        return 0.0
    chi = stats.chi2(n - 1)
    return float(chi.cdf(chi.isf(level / 2) / ratio**2) - chi.cdf(chi.ppf(level / 2) / ratio**2))


def ks_miss(n, distance, level):
    """At most how often n draws from F pass the Kolmogorov-Smirnov test of G, where sup |F - G| = distance.

    To pass, the empirical distribution must be farther from F than the distance less the critical value:
    2 exp(-2 n d^2) bounds that (Massart 1990, Ann. Probab. 18, 1269-1283).
    """
    if n == 0:
        return 1.0
    rest = distance - stats.kstwo.isf(level, n)
    return float(min(1.0, 2 * np.exp(-2 * n * rest**2))) if rest > 0 else 1.0


def at_least(n, p, miss):
    """The mean of `miss(size)` over size ~ Bin(n, p), where more draws miss less: at most this.

    Sizes below a quantile count as missed, and the others as that quantile.
    """
    few = int(stats.binom.ppf(1e-15, n, p))
    return float(min(1.0, 1e-15 + miss(few)))


def independent(misses):
    """Probability of a miss when all of several independent tests must be passed."""
    return float(np.prod(misses))
