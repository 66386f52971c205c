"""Exact sums over all leaves of a tree, in pieces that fit in memory.

The levels are cut into an upper and a lower half, whose sums u and v are tabulated, so that the squared
distance of x to a leaf is a matrix product: |x - u - v|^2 = |x - u|^2 - 2 (x - u) v + |v|^2. A pass costs
N * leaves exponentials.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import codebooks, moments
from gmm_tf.codebooks import Codebooks
from gmm_tf.loops import compiled
from gmm_tf.moments import Statistics
from gmm_tf.shapes import Float, Tensor

# Numbers that a pass over all leaves holds in memory at once.
WORKING_SET = 1 << 22


def statistics(
    theta: Codebooks, x: Float[np.ndarray, "N D"], learnt: int = 1, beta: float = 1.0
) -> Statistics:
    """`Statistics` under the exact posterior.

    Args:
        theta: `Codebooks`.
        x: [N, D], float64.
        learnt: number of levels that are learnt, 1 or all.
        beta: inverse temperature; the posterior is proportional to p(z) p(x|z)^beta. The log-likelihood
            is not tempered.
    """
    halves, total = _halves(theta), None
    for piece in _pieces(theta, x):
        sums = _sums(tf.constant(piece), halves, tf.constant(beta, tf.float64))
        total = sums if total is None else tuple(a + b for a, b in zip(total, sums, strict=True))
    log_px, mass, first = (value.numpy() for value in total or ())
    z = np.stack(np.unravel_index(np.arange(theta.leaves), theta.branching), axis=-1)
    log_likelihood = float(log_px) / len(x) + theta.log_noise
    found = moments.LeafSums(z, mass.ravel(), first.reshape(-1, theta.dim), float(np.sum(x**2)))
    return moments.of_leaves(theta, learnt, found, log_likelihood)


def log_density(theta: Codebooks, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N"]:
    """log p(x_n), [N]."""
    halves = _halves(theta)
    parts = [_log_px(tf.constant(piece), halves).numpy() for piece in _pieces(theta, x)]
    return np.concatenate(parts) + theta.log_noise


def first_level(theta: Codebooks, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N C"]:
    """p(z_1 | x_n), [N, B_1]."""
    found = []
    for piece in _pieces(theta, x):
        q = tf.nn.softmax(log_posterior(theta, piece))
        found.append(tf.reduce_sum(tf.reshape(q, [len(piece), len(theta.tables[0]), -1]), -1).numpy())
    return np.concatenate(found)


def log_posterior(
    theta: Codebooks, x: Float[np.ndarray, "N D"], beta: float = 1.0
) -> Float[Tensor, "N leaves"]:
    """Unnormalised log-posterior of every leaf, [N, leaves]; the caller checks that it fits in memory."""
    likelihood, prior = _leaves(tf.constant(x), _halves(theta))
    return tf.reshape(beta * likelihood + prior, [len(x), -1])


class _Halves(NamedTuple):
    """Sums and log-weights of the upper and of the lower half of the levels, and std."""

    u: Float[Tensor, "U D"]
    log_u: Float[Tensor, "U"]
    v: Float[Tensor, "V D"]
    log_v: Float[Tensor, "V"]
    std: Float[Tensor, ""]


def _halves(theta: Codebooks) -> _Halves:
    most = [max(np.prod(theta.branching[:k]), np.prod(theta.branching[k:])) for k in range(1, theta.levels)]
    cut = 1 + int(np.argmin(most)) if most else 1
    u, log_u, _ = codebooks.combinations(theta, 0, cut)
    v, log_v, _ = codebooks.combinations(theta, cut, theta.levels)
    return _Halves(*(tf.constant(value, tf.float64) for value in (u, log_u, v, log_v, theta.std)))


def _pieces(theta: Codebooks, x: Float[np.ndarray, "N D"]) -> list[np.ndarray]:
    size = max(1, WORKING_SET // theta.leaves)
    return [x[start : start + size] for start in range(0, len(x), size)]


def _leaves(x: Float[Tensor, "N D"], halves: _Halves) -> tuple[Float[Tensor, "N U V"], Float[Tensor, "U V"]]:
    """log p(x | z) up to a constant, [N, U, V], and log p(z), [U, V]."""
    rest, v = (x[:, None] - halves.u) / halves.std, halves.v / halves.std
    cross = tf.tensordot(rest, v, [[2], [1]])
    square = tf.reduce_sum(rest**2, -1)[..., None] + tf.reduce_sum(v**2, -1)
    return cross - 0.5 * square, halves.log_u[:, None] + halves.log_v


@compiled
def _log_px(x: Float[Tensor, "N D"], halves: _Halves) -> Float[Tensor, "N"]:
    likelihood, prior = _leaves(x, halves)
    return tf.reduce_logsumexp(likelihood + prior, axis=[1, 2])


@compiled
def _sums(
    x: Float[Tensor, "N D"], halves: _Halves, beta: Float[Tensor, ""]
) -> tuple[Float[Tensor, ""], Float[Tensor, "U V"], Float[Tensor, "U V D"]]:
    likelihood, prior = _leaves(x, halves)
    log_px = tf.reduce_logsumexp(likelihood + prior, axis=[1, 2])
    tempered = beta * likelihood + prior
    q = tf.exp(tempered - tf.reduce_logsumexp(tempered, axis=[1, 2], keepdims=True))
    return tf.reduce_sum(log_px), tf.reduce_sum(q, axis=0), tf.tensordot(q, x, [[0], [0]])
