"""Parameters of a hierarchical mixture, x = T_1[z_1] + ... + T_L[z_L] + std * noise, and its densities.

With every table free this is an additive codebook (cooperative vector quantisation: Zemel & Hinton 1994;
additive quantisation: Babenko & Lempitsky 2014).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gmm_tf.shapes import Float, Int


class Codebooks(NamedTuple):
    """Parameters, float64; the levels are independent."""

    tables: tuple[Float[np.ndarray, "_ D"], ...]  # of each level; first the means of the superclusters
    std: float  # of the noise in each coordinate
    log_weights: tuple[Float[np.ndarray, "_"], ...]  # log p(z_l) of each level, logsumexp = 0

    @property
    def levels(self) -> int:
        return len(self.tables)

    @property
    def dim(self) -> int:
        return self.tables[0].shape[1]

    @property
    def branching(self) -> tuple[int, ...]:
        """Number of branches of each level, (B_1, ..., B_L)."""
        return tuple(len(table) for table in self.tables)

    @property
    def leaves(self) -> int:
        return math.prod(self.branching)

    @property
    def log_noise(self) -> float:
        """log p(x | z) of an observation at the centre of its leaf."""
        return -0.5 * self.dim * math.log(2 * math.pi * self.std**2)


def combinations(
    theta: Codebooks, first: int, last: int
) -> tuple[Float[np.ndarray, "M D"], Float[np.ndarray, "M"], Int[np.ndarray, "M L"]]:
    """Sums [M, D], log-weights [M] and branches [M, last - first] of all choices of levels first..last-1."""
    sums, log_weights = np.zeros([1, theta.dim]), np.zeros(1)
    for table, weights in zip(theta.tables[first:last], theta.log_weights[first:last], strict=True):
        sums = (sums[:, None] + table).reshape(-1, theta.dim)
        log_weights = (log_weights[:, None] + weights).ravel()
    shape = theta.branching[first:last]
    z = np.stack(np.unravel_index(np.arange(len(sums)), shape), axis=-1) if shape else np.zeros([1, 0], int)
    return sums, log_weights, z


def remainder(theta: Codebooks, level: int) -> tuple[Float[np.ndarray, "D"], Float[np.ndarray, "D D"]]:
    """Mean [D] and covariance [D, D] of the sum of the levels from `level` on, including noise."""
    mean, covariance = np.zeros(theta.dim), theta.std**2 * np.eye(theta.dim)
    for table, weights in zip(theta.tables[level:], theta.log_weights[level:], strict=True):
        p = np.exp(weights)
        centre = p @ table
        mean = mean + centre
        covariance = covariance + ((table - centre).T * p) @ (table - centre)
    return mean, covariance


def chosen_sum(
    tables: Sequence[Float[np.ndarray, "_ D"]], z: Int[np.ndarray, "... L"]
) -> Float[np.ndarray, "... D"]:
    """Sum of the rows that z [..., number of tables] chooses, [..., D]."""
    return sum(table[z[..., level]] for level, table in enumerate(tables))


def log_prior(theta: Codebooks, z: Int[np.ndarray, "... L"]) -> Float[np.ndarray, "..."]:
    """log p(z), [...], of assignments z [..., L]."""
    return sum(weights[z[..., level]] for level, weights in enumerate(theta.log_weights))


def log_joint(
    theta: Codebooks, x: Float[np.ndarray, "N D"], z: Int[np.ndarray, "... L"], beta: float = 1.0
) -> Float[np.ndarray, "... N"]:
    """log p(z_n) + beta log p(x_n | z_n), [..., N], of z [..., N, L]; the constant is not tempered."""
    rest = (x - chosen_sum(theta.tables, z)) / theta.std
    return log_prior(theta, z) + theta.log_noise - 0.5 * beta * np.sum(rest**2, -1)


def sample(
    theta: Codebooks, n: int, rng: np.random.Generator
) -> tuple[Float[np.ndarray, "n D"], Int[np.ndarray, "n L"]]:
    """n independent pairs: x [n, D] and their assignments [n, L]."""
    x, z = theta.std * rng.standard_normal([n, theta.dim]), []
    for table, log_weights in zip(theta.tables, theta.log_weights, strict=True):
        even, size = np.ptp(log_weights) == 0, len(table)
        z.append(rng.integers(size, size=n) if even else rng.choice(size, n, p=np.exp(log_weights)))
        x += table[z[-1]]
    return x, np.stack(z, axis=-1)
