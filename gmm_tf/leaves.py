"""Exact sums over all leaves of a tree.

The levels are cut into an upper and a lower half, whose sums u and v are tabulated. With noise of 1,

    log p(x, u, v) = [log p(u) + x u - |u|^2 / 2] + [log p(v) + x v - |v|^2 / 2] - u v + a constant of x,

and each term has only two of x, u and v. So p(x) is a product a (W b) of factors a(x, u), W(u, v) and
b(x, v), and so are all expected sums: a pass costs N * leaves multiplications in matrix products, and
exponentials of the halves alone. Where the factors of a sharp posterior exceed float64, each leaf has its own
exponential.
"""

import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import codebooks, moments
from gmm_tf.codebooks import Codebooks
from gmm_tf.loops import compiled
from gmm_tf.moments import Statistics
from gmm_tf.shapes import Float, Tensor

# Numbers that a pass holds in memory at once.
WORKING_SET = 1 << 22
# The largest exponent of a product of factors; float64 has exp(709), of which a sum of terms needs some.
LARGEST_EXPONENT = 680.0


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
    found = []
    for piece, sums in _passes(theta, x, beta):
        log_px, upper, lower, mass = (value.numpy() for value in sums)
        found.append((mass, upper.T @ piece, lower.T @ piece, log_px.sum()))
    mass, upper, lower, log_px = (functools.reduce(np.add, parts) for parts in zip(*found, strict=True))
    if beta != 1.0:
        log_px = _log_px(theta, x).sum()
    halves = moments.HalfSums(_cut(theta), mass, upper, lower, float(np.sum(x**2)))
    return moments.of_halves(theta, learnt, halves, float(log_px) / len(x) + theta.log_noise)


def log_density(theta: Codebooks, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N"]:
    """log p(x_n), [N]."""
    return _log_px(theta, x) + theta.log_noise


def first_level(theta: Codebooks, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N C"]:
    """p(z_1 | x_n), [N, B_1]."""
    upper = np.concatenate([sums.upper.numpy() for _, sums in _passes(theta, x)])
    return upper.reshape(len(x), len(theta.tables[0]), -1).sum(-1)


def log_posterior(
    theta: Codebooks, x: Float[np.ndarray, "N D"], beta: float = 1.0
) -> Float[Tensor, "N leaves"]:
    """Unnormalised log-posterior of every leaf, [N, leaves]; the caller checks that it fits in memory."""
    likelihood, prior = _leaves(tf.constant(x), _halves(theta))
    return tf.reshape(beta * likelihood + prior, [len(x), -1])


class _Sums(NamedTuple):
    """Of observations x: log p(x) without the noise's constant, and their (tempered) posterior."""

    log_px: Float[Tensor, "N"]  # if the inverse temperature is 1
    upper: Float[Tensor, "N U"]  # p(u | x)
    lower: Float[Tensor, "N V"]
    mass: Float[Tensor, "U V"]  # the sum of p(u, v | x) over observations


def _log_px(theta: Codebooks, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N"]:
    return np.concatenate([sums.log_px.numpy() for _, sums in _passes(theta, x)])


def _passes(
    theta: Codebooks, x: Float[np.ndarray, "N D"], beta: float = 1.0
) -> Iterator[tuple[Float[np.ndarray, "n D"], _Sums]]:
    """(some rows of x, their `_Sums`) in order, until all rows were there."""
    halves, inverse = _halves(theta), tf.constant(beta, tf.float64)
    for piece in _pieces(x, len(halves.u) + len(halves.v)):
        sums, exponent = _by_products(tf.constant(piece), halves, inverse)
        if exponent <= LARGEST_EXPONENT:
            yield piece, sums
        else:
            for part in _pieces(piece, theta.leaves):
                yield part, _by_leaf(tf.constant(part), halves, inverse)


def _pieces(x: Float[np.ndarray, "N D"], numbers: int) -> list[np.ndarray]:
    """Pieces of x that fit in memory if each row needs this many numbers."""
    size = max(1, WORKING_SET // numbers)
    return [x[start : start + size] for start in range(0, len(x), size)]


class _Halves(NamedTuple):
    """Sums and log-weights of the upper and of the lower half of the levels.

    The sums are relative to their means, which together are `centre`.
    """

    u: Float[Tensor, "U D"]
    log_u: Float[Tensor, "U"]
    v: Float[Tensor, "V D"]
    log_v: Float[Tensor, "V"]
    centre: Float[Tensor, "D"]
    std: Float[Tensor, ""]


def _cut(theta: Codebooks) -> int:
    """The number of levels in the upper half, such that the larger half is small."""
    return 1 + int(np.argmin([max(_sizes(theta, cut)) for cut in range(1, max(2, theta.levels))]))


def _sizes(theta: Codebooks, cut: int) -> tuple[int, int]:
    """Numbers of combinations (U, V) of both halves."""
    return int(np.prod(theta.branching[:cut])), int(np.prod(theta.branching[cut:]))


def _halves(theta: Codebooks) -> _Halves:
    cut = _cut(theta)
    u, log_u, _ = codebooks.combinations(theta, 0, cut)
    v, log_v, _ = codebooks.combinations(theta, cut, theta.levels)
    of_u, of_v = u.mean(0), v.mean(0)
    values = (u - of_u, log_u, v - of_v, log_v, of_u + of_v, theta.std)
    return _Halves(*(tf.constant(value, tf.float64) for value in values))


@compiled
def _by_products(
    x: Float[Tensor, "N D"], halves: _Halves, beta: Float[Tensor, ""]
) -> tuple[_Sums, Float[Tensor, ""]]:
    """(`_Sums`, the largest exponent of a product of factors); wrong beyond `LARGEST_EXPONENT`."""
    x, u, v = (x - halves.centre) / halves.std, halves.u / halves.std, halves.v / halves.std
    a, log_a, most_a = _factor(halves.log_u + beta * _likelihood(x, u))
    b, log_b, most_b = _factor(halves.log_v + beta * _likelihood(x, v))
    w, log_w, most_w = _factor(tf.reshape(-beta * tf.matmul(u, v, transpose_b=True), [1, -1]))
    w = tf.reshape(w, [u.shape[0], v.shape[0]])
    upper = a * tf.matmul(b, w, transpose_b=True)
    px = tf.reduce_sum(upper, -1, keepdims=True)
    mass = w * tf.matmul(a / px, b, transpose_a=True)
    log_px = tf.math.log(px) + log_a + log_b + log_w - 0.5 * tf.reduce_sum(x**2, -1, keepdims=True)
    return _Sums(log_px[:, 0], upper / px, b * tf.matmul(a, w) / px, mass), most_a + most_b + most_w


def _likelihood(x: Float[Tensor, "N D"], centre: Float[Tensor, "M D"]) -> Float[Tensor, "N M"]:
    """log N(x; centre, I) up to constants and a function of x, [N, M]."""
    return tf.matmul(x, centre, transpose_b=True) - 0.5 * tf.reduce_sum(centre**2, -1)


def _factor(
    logarithms: Float[Tensor, "N M"],
) -> tuple[Float[Tensor, "N M"], Float[Tensor, "N 1"], Float[Tensor, ""]]:
    """(exponentials relative to the middle of each row, the middles, the largest absolute exponent)."""
    low, high = (reduce(logarithms, -1, keepdims=True) for reduce in (tf.reduce_min, tf.reduce_max))
    middle = 0.5 * (low + high)
    return tf.exp(logarithms - middle), middle, 0.5 * tf.reduce_max(high - low)


@compiled
def _by_leaf(x: Float[Tensor, "N D"], halves: _Halves, beta: Float[Tensor, ""]) -> _Sums:
    likelihood, prior = _leaves(x, halves)
    tempered = beta * likelihood + prior
    log_px = tf.reduce_logsumexp(tempered, axis=[1, 2])
    q = tf.exp(tempered - log_px[:, None, None])
    return _Sums(log_px, tf.reduce_sum(q, axis=2), tf.reduce_sum(q, axis=1), tf.reduce_sum(q, axis=0))


def _leaves(x: Float[Tensor, "N D"], halves: _Halves) -> tuple[Float[Tensor, "N U V"], Float[Tensor, "U V"]]:
    """log p(x | z) up to a constant, [N, U, V], and log p(z), [U, V]."""
    rest, v = ((x - halves.centre)[:, None] - halves.u) / halves.std, halves.v / halves.std
    cross = tf.tensordot(rest, v, [[2], [1]])
    square = tf.reduce_sum(rest**2, -1)[..., None] + tf.reduce_sum(v**2, -1)
    return cross - 0.5 * square, halves.log_u[:, None] + halves.log_v
