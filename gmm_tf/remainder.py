"""Gaussian approximation of the levels that are not chosen yet."""

from typing import NamedTuple

import numpy as np

from gmm_tf.codebooks import Codebooks, remainder
from gmm_tf.shapes import Float


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
