"""The four functions of the course: mixtures in one dimension, parameters as three vectors."""

from typing import Any

import numpy as np
import tensorflow as tf

from gmm_tf import em
from gmm_tf.inputs import check_finite, observations
from gmm_tf.mixture import Mixture, log_likelihood, log_posterior, normal_mixture, sample, to_tensor
from gmm_tf.shapes import DType, Float, Observations, Tensor, Weights


def _dtype(*values: Any) -> DType:
    """float64 if any value has it, float32 otherwise."""
    dtypes = (getattr(np.asarray(v) if hasattr(v, "dtypes") else v, "dtype", None) for v in values)
    return tf.float64 if any(dtype == "float64" for dtype in dtypes) else tf.float32


def _course_mixture(dtype: DType, logits: Weights, means: Weights, lsigmas: Weights) -> Mixture:
    """1-D mixture of parameters [K] or [K, 1]."""
    flat = []
    for name, value in (("logits", logits), ("means", means), ("lsigmas", lsigmas)):
        value = to_tensor(value, dtype)
        shape = value.shape
        if shape.rank not in (1, 2) or (shape.rank == 2 and shape[1] != 1) or shape[0] == 0:
            raise ValueError(
                f"Expected {name} of shape [K] with K >= 1, got {shape.as_list()}; "
                "pass one number per component."
            )
        check_finite(value, name)
        flat.append(tf.reshape(value, [-1]))
    sizes = [value.shape[0] for value in flat]
    if len(set(sizes)) > 1:
        raise ValueError(
            f"Expected logits, means and lsigmas of one length K, got {sizes}; "
            "pass one number per component in each."
        )
    return normal_mixture(flat[0], flat[1][:, None], flat[2][:, None])


def make_data(
    n: int, logits: Weights, means: Weights, lsigmas: Weights, seed: int | None = None
) -> Float[Tensor, "n 1"]:
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
    theta = _course_mixture(_dtype(logits, means, lsigmas), logits, means, lsigmas)
    if seed is None:
        seed = tf.random.uniform([2], maxval=tf.int64.max, dtype=tf.int64)
    else:
        seed = tf.stack([tf.cast(seed, tf.int64), 0])
    return sample(n, theta, seed)[0]


def mixture_likelihood(
    x: Observations, logits: Weights, means: Weights, lsigmas: Weights
) -> Float[Tensor, "N 1"]:
    """log p(x_n) = logsumexp_k log pi_k N(x_n | mu_k, sigma_k^2) (Bishop 2006, eq. 9.14).

    Args:
        x: [N, 1].
        logits, means, lsigmas: [K] or [K, 1]; log weights up to a constant, means, log sigmas.

    Returns:
        [N, 1], float64 if any argument is, float32 otherwise.

    Raises:
        ValueError: wrong shapes; NaN or infinite values (not when traced in a tf.function).
    """
    dtype = _dtype(x, logits, means, lsigmas)
    theta = _course_mixture(dtype, logits, means, lsigmas)
    return log_likelihood(tf.cast(observations(x, 1), dtype), theta)


def mixture_posterior_logits(
    x: Observations, logits: Weights, means: Weights, lsigmas: Weights
) -> Float[Tensor, "N K"]:
    """log p(z_n = k | x_n), normalised over k (Bishop 2006, eq. 9.23).

    Args:
        x: [N, 1].
        logits, means, lsigmas: [K] or [K, 1]; log weights up to a constant, means, log sigmas.

    Returns:
        [N, K], float64 if any argument is, float32 otherwise.

    Raises:
        ValueError: wrong shapes; NaN or infinite values (not when traced in a tf.function).
    """
    dtype = _dtype(x, logits, means, lsigmas)
    theta = _course_mixture(dtype, logits, means, lsigmas)
    return log_posterior(tf.cast(observations(x, 1), dtype), theta)


def mstep(
    x: Observations, posterior: Observations
) -> tuple[Float[Tensor, "K"], Float[Tensor, "K"], Float[Tensor, "K"]]:
    """Posterior-weighted log weights, means and log sigmas (Bishop 2006, eq. 9.24 to 9.26).

    Args:
        x: [N, 1].
        posterior: [N, K], probabilities that sum to 1 over k.

    Returns:
        (logits, means, lsigmas), each [K], float64 if any argument is, float32 otherwise. A
        component whose responsibilities are all 0 gets a tiny weight, and the mean and sigma of all of x.

    Raises:
        ValueError: wrong shapes; NaN, infinite or negative values (not when traced).
    """
    dtype = _dtype(x, posterior)
    x, posterior = tf.cast(observations(x, 1), dtype), to_tensor(posterior, dtype)
    n = x.shape[0]
    if not posterior.shape.is_compatible_with([n, None]) or posterior.shape[1] == 0:
        raise ValueError(
            f"Expected posterior of shape [{n}, K] with K >= 1, got {posterior.shape.as_list()}; "
            "pass one row per observation and one column per component."
        )
    check_finite(posterior, "posterior")
    if not tf.is_symbolic_tensor(posterior) and tf.reduce_any(posterior < 0):
        raise ValueError("Expected posterior probabilities, got negative values; pass tf.exp(log_posterior).")
    theta = em.m_step(x, posterior)
    return theta.log_pi, theta.mu[:, 0], theta.scale[:, 0]
