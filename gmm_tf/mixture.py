"""Gaussian mixtures as pure functions of an immutable value.

Public functions take observations in rows, x [N, D]. Inside, observations are the last axis,
[..., D, N], and components come before them: long last axes are what vectorises when K is small.
"""

import math
from typing import NamedTuple

import tensorflow as tf

# Below this share of one observation a component is empty and keeps its mean and scale.
EMPTY = 1e-30
# Smallest variance, relative to the average within components: a component that collapses onto
# one point would otherwise have unbounded likelihood (Bishop 2006, section 9.2.1).
RELATIVE_VARIANCE_FLOOR = 1e-12
# Keeps log sigma finite when all variances vanish, as for N = 1.
VARIANCE_FLOOR = 1e-24


class Mixture(NamedTuple):
    """Gaussian mixture with covariances that are diagonal or multiples of the identity."""

    log_pi: tf.Tensor  # [K], logsumexp = 0
    mu: tf.Tensor  # [K, D]
    scale: tf.Tensor  # log standard deviations: [K, D] diagonal, [K, 1] spherical


class Statistics(NamedTuple):
    """Sums over observations, float64, that determine an EM step; they add over batches."""

    log_likelihood: tf.Tensor  # []
    n: tf.Tensor  # [K], expected number of observations
    first: tf.Tensor  # [K, D], of x - mu, weighted by the posterior
    second: tf.Tensor  # [K, D], of (x - mu)^2, weighted by the posterior


def scale_shape(k, dim, covariance):
    """Shape of `Mixture.scale`.

    Raises:
        ValueError: a covariance other than "diag" and "spherical".
    """
    widths = {"diag": dim, "spherical": 1}
    if covariance not in widths:
        raise ValueError(
            f"Expected covariance 'diag' or 'spherical', got {covariance!r}; "
            "'full' and 'tied' are not supported yet, use 'diag'."
        )
    return (k, widths[covariance])


def normal_mixture(logits, means, scale):
    """Mixture with the logits normalised."""
    logits, means, scale = (tf.convert_to_tensor(p) for p in (logits, means, scale))
    return Mixture(tf.nn.log_softmax(logits), means, scale)


def to_blocks(x):
    """Observations [N, D] as one block [1, D, N]."""
    return tf.transpose(x)[None]


def log_joint_blocks(blocks, theta):
    """log p(x, z = k), [..., K, N], of blocks [..., D, N]: log pi_k + log N(x | mu_k, sigma_k)."""
    z = (blocks[..., None, :, :] - theta.mu[..., None]) * tf.exp(-theta.scale)[..., None]
    log_det = tf.reduce_sum(theta.scale + tf.zeros_like(theta.mu), axis=-1)
    constant = theta.log_pi - log_det - 0.5 * theta.mu.shape[-1] * math.log(2 * math.pi)
    return constant[:, None] - 0.5 * tf.reduce_sum(z * z, axis=-2)


def log_joint(x, theta):
    """log p(x_n, z_n = k), [N, K] (Bishop 2006, summand of eq. 9.14)."""
    return tf.transpose(log_joint_blocks(to_blocks(x), theta)[0])


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
    """n independent draws, [n, D], with a stateless seed [2]: z ~ pi, x ~ N(mu_z, sigma_z)."""
    choice, noise = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    z = tf.random.stateless_categorical(theta.log_pi[None], n, choice)[0]
    mu, sigma = tf.gather(theta.mu, z), tf.exp(tf.gather(theta.scale, z))
    return mu + sigma * tf.random.stateless_normal(tf.shape(mu), noise, dtype=mu.dtype)


def _moments(blocks, r, mu):
    """Sums of r, r (x - mu) and r (x - mu)^2 for blocks [B, D, N] and r [B, K, N]."""
    r, d = r[:, :, None, :], blocks[:, None] - mu[..., None]
    return _sum(r)[:, 0], _sum(r * d), _sum(r * d * d)


def _sum(values):
    """Sum over blocks and observations: a block in the values' dtype, blocks in float64."""
    return tf.reduce_sum(tf.cast(tf.reduce_sum(values, axis=-1), tf.float64), axis=0)


def e_step(blocks, theta, weights=None, beta=None):
    """Statistics of blocks [B, D, N] under the posterior (Bishop 2006, eq. 9.23, 9.27).

    `weights` [B, N] count observations. With an inverse temperature `beta` the posterior is
    proportional to p(x, z)^beta (Ueda & Nakano 1998); the log-likelihood stays as it is.
    """
    joint = log_joint_blocks(blocks, theta)
    log_px = tf.reduce_logsumexp(joint, axis=-2, keepdims=True)
    if beta is None:
        r = tf.exp(joint - log_px)
    else:
        r = tf.exp(beta * joint - tf.reduce_logsumexp(beta * joint, axis=-2, keepdims=True))
    if weights is not None:
        r, log_px = r * weights[:, None], log_px * weights[:, None]
    # Gains near convergence are smaller than the rounding of a float32 sum.
    return Statistics(tf.reduce_sum(tf.cast(log_px, tf.float64)), *_moments(blocks, r, theta.mu))


def update(statistics, theta):
    """Mixture that maximises the expected log joint (Bishop 2006, eq. 9.24 to 9.26).

    `theta` is the mixture that the statistics were taken under. The second moments are about its
    means, so that no digits cancel near convergence. An empty component keeps mean and scale.
    """
    _, n, first, second = statistics
    count = tf.maximum(n, EMPTY)[:, None]
    shift = first / count
    variance = second / count - shift**2
    floor = RELATIVE_VARIANCE_FLOOR * tf.reduce_sum(second, axis=0) / tf.reduce_sum(count)
    if theta.scale.shape[-1] == 1:
        variance = tf.reduce_mean(variance, axis=-1, keepdims=True)
        floor = tf.reduce_mean(floor, keepdims=True)
    new = Mixture(
        log_pi=tf.nn.log_softmax(tf.math.log(count[:, 0])),
        mu=tf.cast(theta.mu, tf.float64) + shift,
        scale=0.5 * tf.math.log(tf.maximum(variance, floor + VARIANCE_FLOOR)),
    )
    new = Mixture(*(tf.cast(value, theta.mu.dtype) for value in new))
    return new._replace(scale=tf.where(n[:, None] < EMPTY, theta.scale, new.scale))


def m_step(x, r, covariance="diag"):
    """Mixture that maximises the expected log joint given r [N, K] (Bishop 2006, eq. 9.24 to 9.26).

    An empty component gets the mean and the standard deviation of all of x [N, D].
    """
    x64 = tf.cast(x, tf.float64)
    blocks, r64 = to_blocks(x64), to_blocks(tf.cast(r, tf.float64))
    k, dim = tf.shape(r)[-1], x.shape[-1]
    shape = scale_shape(k, dim, covariance)
    mean, variance = tf.nn.moments(x64, axes=[0])
    variance = tf.reduce_mean(tf.reshape(variance, [-1, shape[1]]), axis=0)
    theta = Mixture(
        log_pi=tf.zeros([k], tf.float64),
        mu=tf.broadcast_to(mean, [k, dim]),
        scale=tf.broadcast_to(0.5 * tf.math.log(variance + VARIANCE_FLOOR), shape),
    )
    # The second pass takes the variance about the new means, where nothing cancels.
    for _ in range(2):
        theta = update(Statistics(0.0, *_moments(blocks, r64, theta.mu)), theta)
    return Mixture(*(tf.cast(value, x.dtype) for value in theta))


def _floats(*values):
    """Tensors of one dtype: float64 if any value has it, float32 otherwise."""
    double = any(getattr(value, "dtype", None) == "float64" for value in values)
    return [to_tensor(value, tf.float64 if double else tf.float32) for value in values]


def to_tensor(value, dtype):
    """Tensor of a dtype, whatever the dtype of an array or tensor was."""
    if hasattr(value, "dtype"):
        return tf.cast(value, dtype)
    return tf.convert_to_tensor(value, dtype)


def _check_finite(name, x):
    # Tracing has no values to look at.
    if tf.is_symbolic_tensor(x):
        return
    bad = tf.math.count_nonzero(~tf.math.is_finite(x))
    if bad > 0:
        raise ValueError(
            f"Expected finite {name}, got {int(bad)} NaN or infinite of {int(tf.size(x))} values; "
            "drop or repair them first."
        )


def check_data(x, dim):
    """x itself, when it is [N, dim] with N >= 1 and finite.

    Raises:
        ValueError: any other shape; NaN or infinite values, unless x is symbolic.
    """
    if not x.shape.is_compatible_with([None, dim]):
        vector = x.shape.rank == 1 and dim == 1
        remedy = "reshape with x[:, None]" if vector else "pass one observation per row"
        raise ValueError(f"Expected x of shape [N, {dim}], got {x.shape.as_list()}; {remedy}.")
    if x.shape[0] == 0:
        raise ValueError(
            f"Expected x of shape [N, {dim}] with N >= 1, got {x.shape.as_list()}; "
            "pass at least one observation."
        )
    _check_finite("x", x)
    return x


def _course_mixture(logits, means, lsigmas):
    """1-D mixture of parameters [K] or [K, 1]."""
    flat = []
    for name, value in (("logits", logits), ("means", means), ("lsigmas", lsigmas)):
        shape = value.shape
        if shape.rank not in (1, 2) or (shape.rank == 2 and shape[1] != 1) or shape[0] == 0:
            raise ValueError(
                f"Expected {name} of shape [K] with K >= 1, got {shape.as_list()}; "
                "pass one number per component."
            )
        _check_finite(name, value)
        flat.append(tf.reshape(value, [-1]))
    sizes = [value.shape[0] for value in flat]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"Expected logits, means and lsigmas of one length K, got {sizes}; "
            "pass one number per component in each."
        )
    return normal_mixture(flat[0], flat[1][:, None], flat[2][:, None])


def make_data(n, logits, means, lsigmas, seed=None):
    """n independent draws from a 1-D mixture.

    Args:
        n: number of draws, >= 1.
        logits, means, lsigmas: [K] or [K, 1]; log weights up to a constant, means, log sigmas.
        seed: integer for the same draws each time; None follows TensorFlow's global seed.

    Returns:
        [n, 1], float64 if any parameter is, float32 otherwise.

    Raises:
        ValueError: n < 1, or parameters that are not K finite numbers each.
    """
    if not tf.is_symbolic_tensor(n) and n < 1:
        raise ValueError(f"Expected n >= 1, got {n}; ask for at least one draw.")
    theta = _course_mixture(*_floats(logits, means, lsigmas))
    if seed is None:
        seed = tf.random.uniform([2], maxval=tf.int64.max, dtype=tf.int64)
    else:
        seed = tf.stack([tf.cast(seed, tf.int64), 0])
    return sample(n, theta, seed)


def mixture_likelihood(x, logits, means, lsigmas):
    """log p(x_n) = logsumexp_k log pi_k N(x_n | mu_k, sigma_k^2) (Bishop 2006, eq. 9.14).

    Args:
        x: [N, 1].
        logits, means, lsigmas: [K] or [K, 1]; log weights up to a constant, means, log sigmas.

    Returns:
        [N, 1], float64 if any argument is, float32 otherwise.

    Raises:
        ValueError: wrong shapes; NaN or infinite values (not when traced in a tf.function).
    """
    x, *parameters = _floats(x, logits, means, lsigmas)
    return log_likelihood(check_data(x, 1), _course_mixture(*parameters))


def mixture_posterior_logits(x, logits, means, lsigmas):
    """log p(z_n = k | x_n), normalised over k (Bishop 2006, eq. 9.23).

    Args:
        x: [N, 1].
        logits, means, lsigmas: [K] or [K, 1]; log weights up to a constant, means, log sigmas.

    Returns:
        [N, K], float64 if any argument is, float32 otherwise.

    Raises:
        ValueError: wrong shapes; NaN or infinite values (not when traced in a tf.function).
    """
    x, *parameters = _floats(x, logits, means, lsigmas)
    return log_posterior(check_data(x, 1), _course_mixture(*parameters))


def mstep(x, posterior):
    """Posterior-weighted log weights, means and log sigmas (Bishop 2006, eq. 9.24 to 9.26).

    Args:
        x: [N, 1].
        posterior: [N, K], probabilities that sum to 1 over k.

    Returns:
        (logits, means, lsigmas), each [K], float64 if any argument is, float32 otherwise. A
        component without weight gets a tiny one, and the mean and sigma of all of x.

    Raises:
        ValueError: wrong shapes; NaN, infinite or negative values (not when traced).
    """
    x, posterior = _floats(x, posterior)
    check_data(x, 1)
    n = x.shape[0]
    if not posterior.shape.is_compatible_with([n, None]) or posterior.shape[1] == 0:
        raise ValueError(
            f"Expected posterior of shape [{n}, K] with K >= 1, got {posterior.shape.as_list()}; "
            "pass one row per observation and one column per component."
        )
    _check_finite("posterior", posterior)
    if not tf.is_symbolic_tensor(posterior) and tf.reduce_any(posterior < 0):
        raise ValueError(
            "Expected posterior probabilities, got negative values; pass tf.exp(log_posterior)."
        )
    theta = m_step(x, posterior)
    return theta.log_pi, theta.mu[:, 0], theta.scale[:, 0]
