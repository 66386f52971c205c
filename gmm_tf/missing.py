"""What is there of rows with missing values: likelihood, E step, imputation (Ghahramani & Jordan 1994).

Values are missing at random: that they are missing says nothing about what they were. The rows of a block
[D, N] lack the same coordinates, so that blocks [B, D, N] come with `observed` [B, D]: 1 where a coordinate
was observed, 0 where it is missing and the block holds 0.
"""

import math
from typing import NamedTuple

import tensorflow as tf

from gmm_tf import covariance
from gmm_tf.em import Statistics, responsibilities
from gmm_tf.mixture import is_tied


class Seen(NamedTuple):
    """What the observed coordinates of blocks say of all of them."""

    log_joint: tf.Tensor  # [B, K, N], log p(x_observed, z = k)
    d: tf.Tensor  # [B, K, D, N], x - mu; 0 where missing
    regression: tf.Tensor | None  # [B, K or 1, D, D], E[x - mu | d] = regression d; None for d itself
    rest: tf.Tensor  # covariance given d: variances [B, K, D], or matrices [B, K or 1, D, D]


def seen(blocks, observed, theta):
    """The `Seen` of blocks [B, D, N] under a `Mixture`."""
    d = observed[:, None, :, None] * (blocks[:, None] - theta.mu[..., None])
    whiten_all = _whiten_matrices if covariance.is_matrix(theta.scale) else _whiten_diagonals
    z, log_det, regression, rest = whiten_all(d, observed, theta.scale)
    log_constant = log_det + 0.5 * math.log(2 * math.pi) * tf.reduce_sum(observed, axis=-1)[:, None]
    joint = (theta.log_pi - log_constant)[..., None] - 0.5 * tf.reduce_sum(z * z, axis=-2)
    return Seen(joint, d, regression, rest)


def _whiten_diagonals(d, observed, scale):
    missing = 1 - observed[:, None]
    log_sigma = scale + tf.zeros(observed.shape[-1:], scale.dtype)
    log_det = tf.reduce_sum(observed[:, None] * log_sigma, axis=-1)
    return d * covariance.inverse(scale)[..., None], log_det, None, missing * tf.exp(2 * log_sigma)


def _whiten_matrices(d, observed, scale):
    """With unit variances in place of what is missing, all patterns have matrices of one shape."""
    root = covariance.factor(scale)
    full = tf.matmul(root, root, transpose_b=True)
    here, gone = observed[:, None], 1 - observed[:, None]
    pairs = here[..., :, None] * here[..., None, :]
    root = tf.linalg.cholesky(full * pairs + tf.linalg.diag(gone))
    inverse = tf.linalg.triangular_solve(root, tf.eye(d.shape[2], dtype=d.dtype) + tf.zeros_like(root))
    log_det = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(root)), axis=-1)
    precision = tf.matmul(inverse, inverse, transpose_a=True)
    of_missing = gone[..., :, None] * tf.matmul(full, precision * pairs)
    rest = gone[..., :, None] * gone[..., None, :] * (full - tf.matmul(of_missing, full))
    return tf.matmul(inverse, d), log_det, of_missing + tf.linalg.diag(here), rest


def e_step(blocks, observed, theta, weights, beta=None):
    """`em.Statistics`, expected given what was observed (Ghahramani & Jordan 1994, section 4.1).

    Args:
        weights: [B, N], how often each observation counts.
        beta: as in `em.e_step`.
    """
    found = seen(blocks, observed, theta)
    r, total, log_px = responsibilities(found.log_joint, weights, beta)
    r /= total
    n, rd = tf.reduce_sum(r, axis=-1), r[:, :, None] * found.d
    first = tf.reduce_sum(rd, axis=-1)
    if found.regression is None:
        second = tf.reduce_sum(rd * found.d, axis=-1) + n[..., None] * found.rest
    else:
        first = tf.linalg.matvec(found.regression, first)
        squares = tf.matmul(found.regression, tf.matmul(rd, found.d, transpose_b=True))
        second = tf.matmul(squares, found.regression, transpose_b=True) + n[..., None, None] * found.rest
        if is_tied(theta):
            second = tf.reduce_sum(second, axis=1, keepdims=True)
    sums = (tf.cast(tf.reduce_sum(value, axis=0), tf.float64) for value in (n, first, second))
    return Statistics(tf.cast(tf.reduce_sum(log_px), tf.float64), *sums)


def expected(blocks, observed, theta):
    """E[x | x_observed], [B, D, N] ; what was observed stays as it is."""
    found = seen(blocks, observed, theta)
    d = found.d if found.regression is None else tf.matmul(found.regression, found.d)
    mean = tf.einsum("bkn,bkdn->bdn", tf.nn.softmax(found.log_joint, axis=1), d + theta.mu[..., None])
    return tf.where(observed[..., None] > 0, blocks, mean)
