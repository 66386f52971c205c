"""Sufficient statistics of an E-step: first and second moments of the chosen branches."""

from collections.abc import Sequence
from typing import NamedTuple, cast

import numpy as np

from gmm_tf.codebooks import Codebooks, combinations
from gmm_tf.shapes import Float, Int


class Statistics(NamedTuple):
    """Sums over observations, float64.

    The learnt levels are the first one, or all; A is the number of their branches together.
    """

    # Of each level the expected number of observations that choose a branch; None if unknown.
    counts: tuple[Float[np.ndarray, "_"] | None, ...]
    pairs: Float[np.ndarray, "A A"]  # expected number that choose both branches
    first: Float[np.ndarray, "A D"]  # expected sum of x minus the levels that are not learnt
    square: float  # expected sum of its squares
    log_likelihood: float | None = None  # mean of log p(x), if the E-step knows it

    @property
    def n(self) -> Float[np.ndarray, "C"]:
        """Expected number of observations of each supercluster, [B_1]."""
        return cast(np.ndarray, self.counts[0])


class HalfSums(NamedTuple):
    """Sums over observations for the combinations of two halves of the levels."""

    cut: int  # number of levels in the upper half
    mass: Float[np.ndarray, "U V"]  # expected number of observations of each leaf
    upper: Float[np.ndarray, "U D"]  # expected sum of x of each combination of the upper half
    lower: Float[np.ndarray, "V D"]
    square: float  # sum of the squares of x


def of_halves(theta: Codebooks, learnt: int, sums: HalfSums, log_likelihood: float) -> Statistics:
    """Statistics from sums over observations for two halves of the levels.

    Args:
        learnt: number of learnt levels, 1 or all.
    """
    upper, lower = _half(theta, learnt, 0, sums.cut), _half(theta, learnt, sums.cut, theta.levels)
    n_upper, n_lower = sums.mass.sum(1), sums.mass.sum(0)
    rest_upper = sums.upper - n_upper[:, None] * upper.fixed - sums.mass @ lower.fixed
    rest_lower = sums.lower - n_lower[:, None] * lower.fixed - sums.mass.T @ upper.fixed
    across = upper.own.T @ sums.mass @ lower.own
    pairs_upper, pairs_lower = upper.own.T * n_upper @ upper.own, lower.own.T * n_lower @ lower.own
    square = np.sum(upper.fixed * (sums.upper + rest_upper)) + np.sum(lower.fixed * (sums.lower + rest_lower))
    return Statistics(
        _split(np.concatenate([n_upper @ upper.chosen, n_lower @ lower.chosen]), theta.branching),
        np.block([[pairs_upper, across], [across.T, pairs_lower]]),
        np.concatenate([upper.own.T @ rest_upper, lower.own.T @ rest_lower]),
        float(sums.square - square),
        log_likelihood,
    )


class _Half(NamedTuple):
    """Some levels, and all combinations of their branches."""

    chosen: Float[np.ndarray, "M B"]  # one-hot, the branches of all these levels
    own: Float[np.ndarray, "M A"]  # of the learnt ones
    fixed: Float[np.ndarray, "M D"]  # sum of the others


def _half(theta: Codebooks, learnt: int, first: int, last: int) -> _Half:
    *_, z = combinations(theta, first, last)
    chosen = _one_hot(z, theta.branching[first:last])
    fixed = theta.tables[max(first, learnt) : last]
    count = sum(map(len, fixed))
    own = chosen[:, : chosen.shape[1] - count]
    tables = np.concatenate([np.zeros([0, theta.dim]), *fixed])
    return _Half(chosen, own, chosen[:, chosen.shape[1] - count :] @ tables)


def of_draws(
    theta: Codebooks,
    learnt: int,
    x: Float[np.ndarray, "N D"],
    z: Int[np.ndarray, "S N L"],
    weights: Float[np.ndarray, "S N"],
) -> Statistics:
    """Statistics of weighted draws.

    Args:
        z: [S, N, L], draws of the assignment of each observation.
        weights: [S, N], which sum to 1 over the draws.
    """
    own = _one_hot(z[..., :learnt], theta.branching[:learnt]).reshape(-1, sum(theta.branching[:learnt]))
    rest = (x - _fixed(theta, learnt, z)).reshape(-1, theta.dim)
    flat = weights.reshape(-1, 1)
    counts = [np.bincount(z[..., level].ravel(), flat[:, 0], b) for level, b in enumerate(theta.branching)]
    return Statistics(
        tuple(counts), own.T @ (flat * own), own.T @ (flat * rest), float(np.sum(flat * rest**2))
    )


def of_product(
    theta: Codebooks, learnt: int, x: Float[np.ndarray, "N D"], q: Sequence[Float[np.ndarray, "N _"]]
) -> Statistics:
    """Statistics of a product of independent levels, q_l [N, B_l] of each."""
    fixed = sum((each @ t for each, t in zip(q[learnt:], theta.tables[learnt:], strict=True)), 0.0)
    fixed_variance = sum(
        np.sum(each @ t**2 - (each @ t) ** 2)
        for each, t in zip(q[learnt:], theta.tables[learnt:], strict=True)
    )
    rest, own = x - fixed, np.concatenate(q[:learnt], axis=1)
    pairs = own.T @ own
    start = 0
    for each in q[:learnt]:
        end = start + each.shape[1]
        # Each observation chooses one branch per level.
        pairs[start:end, start:end] = np.diag(each.sum(0))
        start = end
    square = float(np.sum(rest**2) + fixed_variance)
    return Statistics(tuple(each.sum(0) for each in q), pairs, own.T @ rest, square)


def _fixed(theta: Codebooks, learnt: int, z: Int[np.ndarray, "... L"]) -> Float[np.ndarray, "... D"]:
    """Sum of the levels that are not learnt, [..., D]."""
    return sum(
        (table[z[..., learnt + i]] for i, table in enumerate(theta.tables[learnt:])),
        np.zeros([*z.shape[:-1], theta.dim]),
    )


def _one_hot(z: Int[np.ndarray, "... L"], branching: Sequence[int]) -> Float[np.ndarray, "... A"]:
    """Choices of all levels side by side, [..., sum of B_l]."""
    none = np.zeros([*z.shape[:-1], 0])
    return np.concatenate([none, *(np.eye(b)[z[..., level]] for level, b in enumerate(branching))], axis=-1)


def _split(values: np.ndarray, branching: Sequence[int]) -> tuple[np.ndarray, ...]:
    return tuple(np.split(values, np.cumsum(branching)[:-1]))
