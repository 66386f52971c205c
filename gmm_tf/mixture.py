"""Gaussian mixtures as pure functions of an immutable value.

Public functions take observations in rows, x [N, D]. Internally, observations are the last axis, [..., D, N],
after the components, because long last axes vectorise well when K is small.
"""

import math
from typing import Annotated, Any, NamedTuple

import tensorflow as tf

from gmm_tf import covariance
from gmm_tf.shapes import Bool, DType, Float, Int, Observations, Scale, Tensor, Weights

# log pi of an absent component: its weight is zero, and sums and differences of it stay finite.
ABSENT = -1e30


class Mixture(NamedTuple):
    """Gaussian mixture; the shape of `scale` says the kind of its covariances (see `covariance`)."""

    log_pi: Float[Tensor, "K"]  # logsumexp = 0
    mu: Float[Tensor, "K D"]
    scale: Scale


def normal_mixture(logits: Weights, means: Observations, scale: Any) -> Mixture:
    """Mixture with the logits normalised."""
    logits, means, scale = (tf.convert_to_tensor(p) for p in (logits, means, scale))
    return Mixture(tf.nn.log_softmax(logits), means, covariance.lower(scale))


def padded(theta: Mixture, k: int, kind: str) -> Annotated[Mixture, "of k components"]:
    """The same mixture with k components; the additional ones are absent.

    Args:
        kind: of the covariances, which the shape does not determine for one component.
    """
    more = k - theta.mu.shape[0]
    if more == 0:
        return theta
    missing_scales = covariance.scale_shape(k, theta.mu.shape[1], kind)[0] - theta.scale.shape[0]
    return Mixture(
        tf.pad(theta.log_pi, [[0, more]], constant_values=ABSENT),
        tf.pad(theta.mu, [[0, more], [0, 0]]),
        tf.pad(theta.scale, [[0, missing_scales]] + [[0, 0]] * (len(theta.scale.shape) - 1)),
    )


def first_components(theta: Mixture, k: int) -> Annotated[Mixture, "of k components"]:
    """The mixture of the first k components; the others are absent."""
    if k == theta.mu.shape[0]:
        return theta
    return Mixture(theta.log_pi[:k], theta.mu[:k], theta.scale[:k])


def is_absent(theta: Mixture) -> Bool[Tensor, "K"]:
    """Which components are absent, [K]."""
    return theta.log_pi < 0.5 * ABSENT


def is_tied(theta: Mixture) -> bool:
    """Whether several components share one covariance."""
    return covariance.is_matrix(theta.scale) and theta.scale.shape[0] == 1 != theta.mu.shape[0]


def cast(theta: Mixture, dtype: DType) -> Mixture:
    return Mixture(*(tf.cast(value, dtype) for value in theta))


def covariances(theta: Mixture) -> Float[Tensor, "K D D"]:
    """Covariance matrices, [K, D, D], of any kind of mixture."""
    return covariance.matrices(theta.scale, *theta.mu.shape)


def moved(theta: Mixture, offset: Float[Tensor, "D"], unit: Float[Tensor, "D"] | None = None) -> Mixture:
    """The mixture of unit * x + offset, for x of the mixture `theta`.

    Args:
        offset, unit: [D], float64; equal units if the mixture is spherical.
    """
    unit = tf.ones_like(offset) if unit is None else unit
    mu = tf.cast(theta.mu, tf.float64) * unit + offset
    scale = covariance.rescaled(tf.cast(theta.scale, tf.float64), unit)
    return Mixture(theta.log_pi, tf.cast(mu, theta.mu.dtype), tf.cast(scale, theta.mu.dtype))


def to_blocks(x: Float[Tensor, "N D"]) -> Float[Tensor, "1 D N"]:
    """Observations [N, D] as one block [1, D, N]."""
    return tf.transpose(x)[None]


def log_weights_and_constants(theta: Mixture) -> Float[Tensor, "K"]:
    """log pi_k minus the log of the normalising constant of component k, [K]."""
    dim = theta.mu.shape[-1]
    return theta.log_pi - covariance.log_det(theta.scale, dim) - 0.5 * dim * math.log(2 * math.pi)


def log_joint_blocks(blocks: Float[Tensor, "... D N"], theta: Mixture) -> Float[Tensor, "... K N"]:
    """log p(x, z = k), [..., K, N], of blocks [..., D, N]: log pi_k + log N(x | mu_k, Sigma_k)."""
    z = covariance.whiten(blocks[..., None, :, :] - theta.mu[..., None], theta.scale)
    return log_weights_and_constants(theta)[:, None] - 0.5 * tf.reduce_sum(z * z, axis=-2)


def log_joint(x: Float[Tensor, "N D"], theta: Mixture) -> Float[Tensor, "N K"]:
    """log p(x_n, z_n = k), [N, K] (Bishop 2006, summand of eq. 9.14).

    Values below the range of the dtype are clipped to it, because infinities would become NaN.
    """
    joint = log_joint_blocks(to_blocks(x), theta)[0]
    return tf.transpose(tf.maximum(joint, 1e-3 * joint.dtype.min))


def log_likelihood(x: Float[Tensor, "N D"], theta: Mixture) -> Float[Tensor, "N 1"]:
    """log p(x_n), [N, 1] (Bishop 2006, summand of eq. 9.14)."""
    return tf.reduce_logsumexp(log_joint(x, theta), axis=-1, keepdims=True)


def log_posterior(x: Float[Tensor, "N D"], theta: Mixture) -> Float[Tensor, "N K"]:
    """log p(z_n = k | x_n), [N, K] (Bishop 2006, eq. 9.23)."""
    return tf.nn.log_softmax(log_joint(x, theta), axis=-1)


def posterior(x: Float[Tensor, "N D"], theta: Mixture) -> Float[Tensor, "N K"]:
    """Responsibilities p(z_n = k | x_n), [N, K] (Bishop 2006, eq. 9.23)."""
    return tf.nn.softmax(log_joint(x, theta), axis=-1)


def sample(n: int, theta: Mixture, seed: Int[Tensor, "2"]) -> tuple[Float[Tensor, "n D"], Int[Tensor, "n"]]:
    """n independent draws with a stateless seed [2]: z ~ pi, x ~ N(mu_z, Sigma_z).

    Returns:
        (x [n, D], z [n], int64).
    """
    choice, noise = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    z = tf.random.stateless_categorical(theta.log_pi[None], n, choice)[0]
    mu = tf.gather(theta.mu, z)
    scale = tf.gather(theta.scale, z if theta.scale.shape[0] > 1 else tf.zeros_like(z))
    noise = tf.random.stateless_normal(tf.shape(mu), noise, dtype=mu.dtype)
    return mu + covariance.colour(noise, scale), z


def to_tensor(value: Any, dtype: DType) -> Tensor:
    """Tensor of this dtype from a value of any dtype."""
    if hasattr(value, "dtype"):
        return tf.cast(value, dtype)
    return tf.convert_to_tensor(value, dtype)
