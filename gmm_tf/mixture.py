"""Gaussian mixtures as pure functions of an immutable value.

Public functions take observations in rows, x [N, D]. Inside, observations are the last axis,
[..., D, N], and components come before them: long last axes are what vectorises when K is small.
"""

import math
from typing import NamedTuple

import tensorflow as tf

from gmm_tf import covariance


class Mixture(NamedTuple):
    """Gaussian mixture; the shape of `scale` says the kind of its covariances (see `covariance`)."""

    log_pi: tf.Tensor  # [K], logsumexp = 0
    mu: tf.Tensor  # [K, D]
    scale: tf.Tensor  # [K, D] diag, [K, 1] spherical, [K, D, D] full, [1, D, D] tied


def normal_mixture(logits, means, scale):
    """Mixture with the logits normalised."""
    logits, means, scale = (tf.convert_to_tensor(p) for p in (logits, means, scale))
    return Mixture(tf.nn.log_softmax(logits), means, covariance.lower(scale))


def is_tied(theta):
    """Whether several components share one covariance."""
    return covariance.is_matrix(theta.scale) and theta.scale.shape[0] == 1 != theta.mu.shape[0]


def cast(theta, dtype):
    return Mixture(*(tf.cast(value, dtype) for value in theta))


def covariances(theta):
    """Covariance matrices, [K, D, D], of any kind of mixture."""
    return covariance.matrices(theta.scale, *theta.mu.shape)


def moved(theta, offset, unit=None):
    """The mixture of unit * x + offset, for x of the mixture `theta`.

    Args:
        offset, unit: [D], float64; equal units if the mixture is spherical.
    """
    unit = tf.ones_like(offset) if unit is None else unit
    mu = tf.cast(theta.mu, tf.float64) * unit + offset
    scale = covariance.rescaled(tf.cast(theta.scale, tf.float64), unit)
    return Mixture(theta.log_pi, tf.cast(mu, theta.mu.dtype), tf.cast(scale, theta.mu.dtype))


def to_blocks(x):
    """Observations [N, D] as one block [1, D, N]."""
    return tf.transpose(x)[None]


def log_weights_and_constants(theta):
    """log pi_k minus the log of the normalising constant of component k, [K]."""
    dim = theta.mu.shape[-1]
    return theta.log_pi - covariance.log_det(theta.scale, dim) - 0.5 * dim * math.log(2 * math.pi)


def log_joint_blocks(blocks, theta):
    """log p(x, z = k), [..., K, N], of blocks [..., D, N]: log pi_k + log N(x | mu_k, Sigma_k)."""
    z = covariance.whiten(blocks[..., None, :, :] - theta.mu[..., None], theta.scale)
    return log_weights_and_constants(theta)[:, None] - 0.5 * tf.reduce_sum(z * z, axis=-2)


def log_joint(x, theta):
    """log p(x_n, z_n = k), [N, K] (Bishop 2006, summand of eq. 9.14).

    Beyond the range of the dtype it is its lowest number, as infinities would become NaN.
    """
    joint = log_joint_blocks(to_blocks(x), theta)[0]
    return tf.transpose(tf.maximum(joint, 1e-3 * joint.dtype.min))


def log_likelihood(x, theta):
    """log p(x_n), [N, 1] (Bishop 2006, summand of eq. 9.14)."""
    return tf.reduce_logsumexp(log_joint(x, theta), axis=-1, keepdims=True)


def log_posterior(x, theta):
    """log p(z_n = k | x_n), [N, K] (Bishop 2006, eq. 9.23)."""
    return tf.nn.log_softmax(log_joint(x, theta), axis=-1)


def posterior(x, theta):
    """Responsibilities p(z_n = k | x_n), [N, K] (Bishop 2006, eq. 9.23)."""
    return tf.nn.softmax(log_joint(x, theta), axis=-1)


def sample(n, theta, seed):
    """n independent draws, [n, D], with a stateless seed [2]: z ~ pi, x ~ N(mu_z, Sigma_z)."""
    choice, noise = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    z = tf.random.stateless_categorical(theta.log_pi[None], n, choice)[0]
    mu = tf.gather(theta.mu, z)
    scale = tf.gather(theta.scale, z if theta.scale.shape[0] > 1 else tf.zeros_like(z))
    noise = tf.random.stateless_normal(tf.shape(mu), noise, dtype=mu.dtype)
    return mu + covariance.colour(noise, scale)


def to_tensor(value, dtype):
    """Tensor of a dtype, whatever the dtype of an array or tensor was."""
    if hasattr(value, "dtype"):
        return tf.cast(value, dtype)
    return tf.convert_to_tensor(value, dtype)


def check_finite(name, x):
    # Tracing has no values to look at.
    if tf.is_symbolic_tensor(x):
        return
    bad = tf.math.count_nonzero(~tf.math.is_finite(x))
    if bad > 0:
        raise ValueError(
            f"Expected finite {name}, got {int(bad)} NaN or infinite of {int(tf.size(x))} values; "
            "drop or repair them first."
        )


def check_shape(x, dim):
    """x itself, when it is [N, dim].

    Raises:
        ValueError: any other shape.
    """
    if not x.shape.is_compatible_with([None, dim]):
        vector = x.shape.rank == 1 and dim == 1
        remedy = "reshape with x[:, None]" if vector else "pass one observation per row"
        raise ValueError(f"Expected x of shape [N, {dim}], got {x.shape.as_list()}; {remedy}.")
    return x


def check_data(x, dim):
    """x itself, when it is [N, dim] with N >= 1 and finite.

    Raises:
        ValueError: any other shape; NaN or infinite values, unless x is symbolic.
    """
    if check_shape(x, dim).shape[0] == 0:
        raise ValueError(
            f"Expected x of shape [N, {dim}] with N >= 1, got {x.shape.as_list()}; "
            "pass at least one observation."
        )
    check_finite("x", x)
    return x
