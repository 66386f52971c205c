"""Gaussian approximation of the levels that are not chosen yet, and the posterior with these moments.

The moment-matched posterior draws the branches level by level, in proportion to this approximation.
"""

from typing import NamedTuple

import numpy as np

from gmm_tf.codebooks import Codebooks, remainder
from gmm_tf.shapes import Float, Int


class LookAhead(NamedTuple):
    """The normal density of x - (sum of the levels above), with the moments of the levels below."""

    mean: Float[np.ndarray, "D"]
    whiten: Float[np.ndarray, "D D"]  # |whiten (rest - mean)|^2 is the Mahalanobis distance
    log_norm: float  # log-density at the mean; as in the tempered likelihood, its constant is not tempered


def look_ahead(theta: Codebooks, level: int, beta: float = 1.0) -> LookAhead:
    """`LookAhead` of the levels from `level` on: moment matching of the sum over z of p(z) p(x|z)^beta.

    It is exact if no level is left, or if the levels left have one branch.
    """
    mean, covariance = remainder(theta, level)
    covariance = covariance + (1 / beta - 1) * theta.std**2 * np.eye(theta.dim)
    root = np.linalg.cholesky(covariance)
    log_norm = theta.log_noise + theta.dim * np.log(theta.std) - 0.5 * theta.dim * np.log(beta)
    return LookAhead(mean, np.linalg.inv(root), float(log_norm - np.log(np.diag(root)).sum()))


def log_score(ahead: LookAhead, rest: Float[np.ndarray, "... D"]) -> Float[np.ndarray, "..."]:
    """Log of the remaining sum for a residual `rest` [..., D], [...]."""
    return ahead.log_norm - 0.5 * np.sum(((rest - ahead.mean) @ ahead.whiten.T) ** 2, -1)


def sample(
    theta: Codebooks, x: Float[np.ndarray, "N D"], uniform: Float[np.ndarray, "L N"]
) -> Int[np.ndarray, "N L"]:
    """Draws from the moment-matched posterior of each x_n, [N, L], int32, by inversion of uniform numbers."""
    z, rest = np.empty([len(x), theta.levels], np.int32), x
    for level, table in enumerate(theta.tables):
        p = np.exp(_branches(theta, level, rest))
        z[:, level] = np.sum(np.cumsum(p, axis=1)[:, :-1] <= uniform[level][:, None], axis=1)
        rest = rest - table[z[:, level]]
    return z


def log_prob(
    theta: Codebooks, x: Float[np.ndarray, "N D"], z: Int[np.ndarray, "N L"]
) -> Float[np.ndarray, "N"]:
    """Log-probability of assignments z under the moment-matched posterior, [N]."""
    total, rest = np.zeros(len(x)), x
    for level, table in enumerate(theta.tables):
        log_p = _branches(theta, level, rest)
        total += np.take_along_axis(log_p, z[:, level, None], axis=1)[:, 0]
        rest = rest - table[z[:, level]]
    return total


def _branches(theta: Codebooks, level: int, rest: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N B"]:
    """Log-probabilities of the branches of a level for what the levels above leave of x, [N, B_l]."""
    score = log_score(look_ahead(theta, level + 1), rest[:, None] - theta.tables[level])
    score += theta.log_weights[level]
    return score - np.logaddexp.reduce(score, axis=1, keepdims=True)
