"""EM with missing values: likelihood, E-step, imputation (Ghahramani & Jordan 1994).

Values are missing at random: whether a value is missing does not depend on that value. The rows of a block
[D, N] lack the same coordinates, so that blocks [B, D, N] come with `observed` [B, D]: 1 where a coordinate
was observed, 0 where it is missing and the block holds 0.
"""

import math
from typing import NamedTuple

import tensorflow as tf

from gmm_tf import covariance
from gmm_tf.em import Statistics, responsibilities
from gmm_tf.mixture import Mixture, is_tied
from gmm_tf.shapes import Float, Scale, Tensor


class Regression(NamedTuple):
    """Regression of all coordinates of blocks on the observed ones, under each component."""

    whitening: Tensor  # 1/sigma [K, D or 1], or [B, K or 1, D, D]; of the observed coordinates
    log_det: Float[Tensor, "B _"]  # for K or 1 matrices, of the square root of their covariance
    gain: Float[Tensor, "B _ D D"] | None  # E[x - mu | d] = gain d; None for d itself
    rest: Tensor  # covariance given d: variances [B, K, D], or matrices [B, K or 1, D, D]


def regression(observed: Float[Tensor, "B D"], scale: Scale) -> Regression:
    """The `Regression` of blocks that lack the coordinates where `observed` [B, D] is 0."""
    here, gone = observed[:, None], 1 - observed[:, None]
    if not covariance.is_matrix(scale):
        log_sigma = scale + tf.zeros(observed.shape[-1:], scale.dtype)
        log_det = tf.reduce_sum(here * log_sigma, axis=-1)
        return Regression(covariance.inverse(scale), log_det, None, gone * tf.exp(2 * log_sigma))
    root = covariance.factor(scale)
    full = tf.matmul(root, root, transpose_b=True)
    pairs = here[..., :, None] * here[..., None, :]
    # Missing coordinates get unit variances, so that the matrices of all patterns have the same shape.
    root = tf.linalg.cholesky(full * pairs + tf.linalg.diag(gone))
    inverse = tf.linalg.triangular_solve(root, tf.eye(root.shape[-1], dtype=root.dtype) + tf.zeros_like(root))
    log_det = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(root)), axis=-1)
    precision = pairs * tf.matmul(inverse, inverse, transpose_a=True)
    of_missing = gone[..., :, None] * tf.matmul(full, precision)
    rest = gone[..., :, None] * gone[..., None, :] * (full - tf.matmul(of_missing, full))
    return Regression(inverse, log_det, of_missing + tf.linalg.diag(here), rest)


def distances(
    blocks: Float[Tensor, "B D N"], observed: Float[Tensor, "B D"], theta: Mixture
) -> Float[Tensor, "B K D N"]:
    """x - mu where observed, and 0 elsewhere, [B, K, D, N]."""
    return observed[:, None, :, None] * (blocks[:, None] - theta.mu[..., None])


def log_joint_blocks(
    blocks: Float[Tensor, "B D N"],
    observed: Float[Tensor, "B D"],
    theta: Mixture,
    known: Regression,
    centred: bool = True,
) -> Float[Tensor, "B K N"]:
    """log p(x_observed, z = k), [B, K, N], of blocks [B, D, N]; `centred` as in `em.e_step`."""
    if known.gain is None:
        z = distances(blocks, observed, theta) * known.whitening[..., None]
    elif centred:
        z = tf.matmul(known.whitening, distances(blocks, observed, theta))
    else:
        dim = blocks.shape[1]
        z = tf.matmul(tf.reshape(known.whitening, [observed.shape[0], -1, dim]), blocks)
        shift = tf.linalg.matvec(known.whitening, observed[:, None] * theta.mu)
        z = tf.reshape(z, [observed.shape[0], -1, dim, blocks.shape[-1]]) - shift[..., None]
    log_constant = known.log_det + 0.5 * math.log(2 * math.pi) * tf.reduce_sum(observed, axis=-1)[:, None]
    return (theta.log_pi - log_constant)[..., None] - 0.5 * tf.reduce_sum(z * z, axis=-2)


def e_step(
    blocks: Float[Tensor, "B D N"],
    observed: Float[Tensor, "B D"],
    theta: Mixture,
    weights: Float[Tensor, "B N"],
    beta: Float[Tensor, ""] | None = None,
    centred: bool = True,
) -> Statistics:
    """`em.Statistics`, expected given what was observed (Ghahramani & Jordan 1994, section 4.1).

    Args:
        weights: [B, N], how often each observation counts.
        beta, centred: as in `em.e_step`.
    """
    known = regression(observed, theta.scale)
    joint = log_joint_blocks(blocks, observed, theta, known, centred)
    r, total, log_px = responsibilities(joint, weights, beta)
    moments = _moments if centred else _moments_by_products
    n, first, second = moments(blocks, observed, r / total, theta)
    if known.gain is None:
        second += n[..., None] * known.rest
    else:
        first = tf.linalg.matvec(known.gain, first)
        second = tf.matmul(tf.matmul(known.gain, second), known.gain, transpose_b=True)
        second += n[..., None, None] * known.rest
        if is_tied(theta):
            second = tf.reduce_sum(second, axis=1, keepdims=True)
    sums = (tf.cast(tf.reduce_sum(value, axis=0), tf.float64) for value in (n, first, second))
    return Statistics(tf.cast(tf.reduce_sum(log_px), tf.float64), *sums)


def _moments(
    blocks: Float[Tensor, "B D N"], observed: Float[Tensor, "B D"], r: Float[Tensor, "B K N"], theta: Mixture
) -> tuple[Float[Tensor, "B K"], Float[Tensor, "B K D"], Tensor]:
    """Sums over N of r, r d and r d^2 or r d d^T, for the `distances` d and r [B, K, N]."""
    d = distances(blocks, observed, theta)
    rd = r[:, :, None] * d
    if covariance.is_matrix(theta.scale):
        second = tf.matmul(rd, d, transpose_b=True)
    else:
        second = tf.reduce_sum(rd * d, axis=-1)
    return tf.reduce_sum(r, axis=-1), tf.reduce_sum(rd, axis=-1), second


def _moments_by_products(
    blocks: Float[Tensor, "B D N"], observed: Float[Tensor, "B D"], r: Float[Tensor, "B K N"], theta: Mixture
) -> tuple[Float[Tensor, "B K"], Float[Tensor, "B K D"], Tensor]:
    """`_moments` from products of r with the blocks; the means are subtracted afterwards."""
    k, dim, n = theta.mu.shape[0], blocks.shape[1], tf.reduce_sum(r, axis=-1)
    mu = observed[:, None] * theta.mu
    x = tf.matmul(r, blocks, transpose_b=True)
    first = x - n[..., None] * mu
    if not covariance.is_matrix(theta.scale):
        return n, first, tf.matmul(r, blocks * blocks, transpose_b=True) - mu * (x + first)
    rx = tf.reshape(r[:, :, None] * blocks[:, None], [observed.shape[0], k * dim, blocks.shape[-1]])
    squares = tf.reshape(tf.matmul(rx, blocks, transpose_b=True), [-1, k, dim, dim])
    cross = mu[..., :, None] * x[..., None, :]
    return n, first, squares - cross - first[..., :, None] * mu[..., None, :]


def expected(
    blocks: Float[Tensor, "B D N"], observed: Float[Tensor, "B D"], theta: Mixture
) -> Float[Tensor, "B D N"]:
    """E[x | x_observed], [B, D, N]; observed values do not change."""
    known, d = regression(observed, theta.scale), distances(blocks, observed, theta)
    d = d if known.gain is None else tf.matmul(known.gain, d)
    posterior = tf.nn.softmax(log_joint_blocks(blocks, observed, theta, known), axis=1)
    mean = tf.einsum("bkn,bkdn->bdn", posterior, d + theta.mu[..., None])
    return tf.where(observed[..., None] > 0, blocks, mean)
