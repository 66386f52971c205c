"""Data to fit and the start that every contestant shares."""

from typing import NamedTuple

import numpy as np

import gmm_tf


class Problem(NamedTuple):
    """Observations and a starting point, in terms that all libraries know."""

    x: np.ndarray  # [N, D], float32
    weights: np.ndarray  # [K], float64 like all of the start
    means: np.ndarray  # [K, D]
    covariances: np.ndarray  # [K, D] variances, or [K, D, D]

    @property
    def k(self):
        return len(self.weights)

    @property
    def dim(self):
        return self.x.shape[1]

    @property
    def covariance(self):
        return "diag" if self.covariances.ndim == 2 else "full"

    def __str__(self):
        return f"N={len(self.x):,} K={self.k} D={self.dim} {self.covariance}"


def course_problem(n, seed=0):
    """The 1-D mixture of five components of the assignment."""
    return _start(gmm_tf.course_data(n, seed), 5, "diag", np.random.default_rng(seed))


def random_problem(n, k, dim, covariance, seed=0):
    """Data from a mixture whose components overlap in part."""
    rng = np.random.default_rng(seed)
    # Distances between means grow with sqrt(D), and more components need more room.
    means = rng.normal(scale=np.sqrt(k / dim), size=(k, dim))
    factors = np.eye(dim) * rng.uniform(0.5, 1.5, size=(k, dim, 1))
    if covariance == "full":
        factors += np.tril(rng.normal(scale=0.5 / np.sqrt(dim), size=(k, dim, dim)), -1)
    z = rng.integers(k, size=n)
    x = rng.standard_normal((n, dim), np.float32)
    for j in range(k):
        x[z == j] = means[j] + x[z == j] @ factors[j].T
    return _start(x, k, covariance, rng)


def _start(x, k, covariance, rng):
    """Equal weights, random observations as means, the covariance of x for each component."""
    scatter = np.cov(x.T.astype(np.float64)).reshape(x.shape[1], x.shape[1])
    shared = np.diag(scatter) if covariance == "diag" else scatter
    means = x[rng.choice(len(x), k, replace=False)].astype(np.float64)
    # Rounded, so that libraries in float32 and float64 start at the same point.
    covariances = np.stack([shared] * k).astype(np.float32).astype(np.float64)
    return Problem(x, np.full(k, 1 / k), means, covariances)


def scale_of(covariances):
    """`gmm_tf.Mixture.scale`: log sigma [K, D], or Cholesky factors with log diagonals [K, D, D]."""
    if covariances.ndim == 2:
        return 0.5 * np.log(covariances)
    scale = np.linalg.cholesky(covariances)
    i = np.arange(scale.shape[1])
    scale[:, i, i] = np.log(scale[:, i, i])
    return scale


def covariances_of(scale):
    """Inverse of `scale_of`."""
    scale = np.array(scale, np.float64)
    if scale.ndim == 2:
        return np.exp(2 * scale)
    i = np.arange(scale.shape[1])
    scale[:, i, i] = np.exp(scale[:, i, i])
    return scale @ scale.transpose(0, 2, 1)
