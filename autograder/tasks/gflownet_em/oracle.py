"""What right answers of `gflownet-em` are: NumPy and SciPy in float64, sharing no code with the library.

x = means[i] + OFFSETS[j] + STD * noise, with i and j uniform (Hu et al. 2023, arXiv 2302.06576, section
5.1). `x` is (N, 2), `means` is (C, 2), a table over leaves is (N, C, P). Each function
takes the pieces of its equation as arguments, so that a known mistake exchanges one of them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax

STD = 0.25
OFFSETS = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]) / np.sqrt(2.0)
PETALS = len(OFFSETS)
LEAVES = (1, 2)  # axes of a table


def components(means: np.ndarray, offsets: np.ndarray = OFFSETS) -> np.ndarray:
    """Means of the leaves, mu_ij = m_i + o_j, (C, P, 2)."""
    return means[:, None, :] + offsets[None, :, :]


def exponent(distance: np.ndarray) -> np.ndarray:
    """-|x - mu|^2 / (2 sigma^2), from distances (..., 2)."""
    return -0.5 * (distance**2).sum(-1) / STD**2


def log_normaliser() -> float:
    """-log(2 pi sigma^2): two dimensions."""
    return -np.log(2 * np.pi * STD**2)


def log_prior(superclusters: int) -> float:
    """log p(i, j) = -log(C P)."""
    return -np.log(superclusters * PETALS)


def log_joint(
    x: np.ndarray,
    means: np.ndarray,
    *,
    centres: Callable[[np.ndarray], np.ndarray] = components,
    exponent: Callable[[np.ndarray], np.ndarray] = exponent,
    normaliser: Callable[[], float] = log_normaliser,
    prior: Callable[[int], float] = log_prior,
) -> np.ndarray:
    """log p(x_n, i, j), (N, C, P)."""
    distance = x[:, None, None, :] - centres(means)[None]
    return prior(len(means)) + normaliser() + exponent(distance)


def mean_over_data(joint: np.ndarray) -> np.ndarray:
    return logsumexp(joint, axis=LEAVES).mean()


def log_likelihood(
    x: np.ndarray,
    means: np.ndarray,
    *,
    reduce: Callable[[np.ndarray], np.ndarray] = mean_over_data,
    **pieces: Any,
) -> np.ndarray:
    """Mean of log p(x_n) = logsumexp_ij log p(x_n, i, j)."""
    return reduce(log_joint(x, means, **pieces))


def normalised_over_leaves(joint: np.ndarray) -> np.ndarray:
    return softmax(joint, axis=LEAVES)


def posterior(
    x: np.ndarray,
    means: np.ndarray,
    *,
    reduce: Callable[[np.ndarray], np.ndarray] = normalised_over_leaves,
    **pieces: Any,
) -> np.ndarray:
    """p(i, j | x_n), (N, C, P), by Bayes' rule."""
    return reduce(log_joint(x, means, **pieces))


def m_step(x: np.ndarray, q: np.ndarray) -> np.ndarray:
    """m_i = sum_nj q_nij (x_n - o_j) / sum_nj q_nij, (C, 2): maximises the expected log joint."""
    return np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS) / q.sum((0, 2))[:, None]


def expected_under(joint: np.ndarray, q_j: np.ndarray) -> np.ndarray:
    """E_q(j) log p(x_n, i, j), (N, C)."""
    return np.einsum("ncp,np->nc", joint, q_j)


def normalised(values: np.ndarray) -> np.ndarray:
    return softmax(values, axis=1)


def mean_field_factor(
    joint: np.ndarray,
    other: np.ndarray,
    expected: Callable[[np.ndarray, np.ndarray], np.ndarray] = expected_under,
    normalise: Callable[[np.ndarray], np.ndarray] = normalised,
) -> np.ndarray:
    """One coordinate ascent: q(i) from q(j), with joint (N, C, P) (Bishop 2006, eq. 10.9).

    For q(j) from q(i) the last two axes of the joint are exchanged.
    """
    return normalise(expected(joint, other))


def mean_field_sweep(x: np.ndarray, means: np.ndarray, q_j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """q(i) from the given q(j), then q(j) from the new q(i): (N, C), (N, P)."""
    joint = log_joint(x, means)
    q_i = mean_field_factor(joint, q_j)
    return q_i, mean_field_factor(joint.swapaxes(1, 2), q_i)


def em(
    x: np.ndarray,
    means: np.ndarray,
    iterations: int,
    e_step: Callable[[np.ndarray, np.ndarray], np.ndarray] = posterior,
    m_step: Callable[[np.ndarray, np.ndarray], np.ndarray] = m_step,
) -> np.ndarray:
    """Means after iterations of E and M steps."""
    for _ in range(iterations):
        means = m_step(x, e_step(x, means))
    return means


def trajectory_balance(log_z: np.ndarray, log_pf: np.ndarray, log_reward: np.ndarray) -> np.ndarray:
    """(log Z + log P_F - log R)^2, with P_B = 1 in a tree (Malkin et al. 2022, arXiv 2201.13259), (N,)."""
    return (log_z + log_pf - log_reward) ** 2
