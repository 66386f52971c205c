"""Compiled fits of a model to data that fit in memory."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import mixture

# Observations per block: long enough to vectorise, short enough for float32 sums and the cache.
BLOCK = 4096
# Steps in a row that must gain less than tol: EM can pause on a saddle, and float32 sums round.
PATIENCE = 10


class FitResult(NamedTuple):
    """What happened during a fit; the parameters are in the model."""

    trace: np.ndarray  # [steps], the objective before each step
    steps: int
    stopped_by: str  # "tol" or "max_steps"


def fit_gradient(model, x, steps=3000, learning_rate=0.01):
    """Maximise the likelihood by Adam on all of x (Kingma & Ba 2015, algorithm 1).

    Args:
        model: a `GMM`; starts at its weights and leaves the result in them.
        x: [N, D].
        steps: number of Adam steps, >= 1.
        learning_rate: Adam's step size, > 0.

    Returns:
        FitResult; `trace` is the mean negative log-likelihood before each step.

    Raises:
        ValueError: wrong shape; NaN or infinite data; steps < 1; learning_rate <= 0.
    """
    _check_at_least("steps", steps, 1)
    if not learning_rate > 0:
        raise ValueError(f"Expected learning_rate > 0, got {learning_rate}; try 0.01.")
    blocks, origin = _centred_blocks(model, x)
    start = _moved(model.mixture, -origin)
    theta, trace = _adam(blocks, start, tf.cast(learning_rate, start.mu.dtype), steps)
    model.assign(_moved(theta, origin))
    return FitResult(trace.numpy(), steps, "max_steps")


def fit_em(model, x, max_steps=3000, tol=1e-7, restarts=1, anneal=None):
    """Maximise the likelihood by expectation-maximisation (Bishop 2006, section 9.2.2).

    Args:
        model: an `EMGMM` or `GMM`; starts at its weights and leaves the result in them.
        x: [N, D].
        max_steps: largest number of EM steps, >= 1, annealed steps included.
        tol: stop when 10 steps in a row gained less mean log-likelihood each; 0 runs all steps.
        restarts: number of starts, >= 1; those after the first take random observations as means
            and the standard deviation of x. The best is kept.
        anneal: inverse temperatures that rise to 1, one EM step at each before the others
            (deterministic annealing, Ueda & Nakano 1998). Below 1 each step also moves the means
            by about 0.1 standard deviation, at random.

    Returns:
        FitResult; `trace` is the mean log-likelihood before each step of the start kept.

    Raises:
        ValueError: wrong shape; NaN or infinite data; an argument out of its range.
    """
    _check_at_least("max_steps", max_steps, 1)
    _check_at_least("restarts", restarts, 1)
    _check_at_least("tol", tol, 0)
    betas = _check_anneal(anneal, max_steps)
    blocks, origin = _centred_blocks(model, x)
    starts = [_moved(model.mixture, -origin)]
    starts += [_random_start(model, blocks) for _ in range(restarts - 1)]
    fits = [
        _em_from(blocks, start, betas, _jitter(model, betas), max_steps, tol) for start in starts
    ]
    theta, result = max(fits, key=lambda fit: _final_log_likelihood(blocks, fit[0]))
    model.assign(_moved(theta, origin))
    return result


def _check_at_least(name, value, least):
    if not value >= least:
        raise ValueError(f"Expected {name} >= {least}, got {value}; raise it.")


def _check_anneal(anneal, max_steps):
    betas = np.asarray([] if anneal is None else anneal, np.float64)
    if betas.size == 0:
        return betas
    rising = betas.ndim == 1 and betas[0] > 0 and betas[-1] == 1 and np.all(np.diff(betas) >= 0)
    if not rising or betas.size > max_steps:
        raise ValueError(
            f"Expected at most max_steps = {max_steps} inverse temperatures that rise to 1, "
            f"got {anneal}; try np.geomspace(0.1, 1, 30)."
        )
    return betas


def _centred_blocks(model, x):
    """x about its mean, as arrays [blocks, D, observations], and the mean [D]."""
    x = tf.cast(model.check_data(x), tf.float64)
    origin = tf.reduce_mean(x, axis=0)
    columns = tf.transpose(tf.cast(x - origin, model.variable_dtype))
    whole = columns.shape[1] // BLOCK * BLOCK
    blocks = tf.transpose(tf.reshape(columns[:, :whole], [model.dim, -1, BLOCK]), [1, 0, 2])
    return [part for part in (blocks, columns[None, :, whole:]) if tf.size(part) > 0], origin


def _moved(theta, offset):
    mu = tf.cast(tf.cast(theta.mu, tf.float64) + offset, theta.mu.dtype)
    return theta._replace(mu=mu)


def _random_start(model, blocks):
    x = tf.concat([tf.reshape(tf.transpose(b, [0, 2, 1]), [-1, model.dim]) for b in blocks], 0)
    seeds = tf.random.experimental.stateless_split(tf.cast(model.seed_generator.next(), tf.int64))
    rows = tf.random.stateless_uniform([model.k], seeds[0], 0, x.shape[0], tf.int64)
    sigma = tf.math.reduce_std(x, axis=0) + mixture.VARIANCE_FLOOR**0.5
    # Observations may be equal, and equal components would stay equal.
    jitter = 0.1 * sigma * tf.random.stateless_normal([model.k, model.dim], seeds[1], dtype=x.dtype)
    means = tf.gather(x, rows) + jitter
    width = model.lsigmas.shape[1]
    scale = tf.math.log(tf.reduce_mean(tf.reshape(sigma, [-1, width]), axis=0, keepdims=True))
    return mixture.normal_mixture(tf.zeros([model.k], x.dtype), means, tf.repeat(scale, model.k, 0))


def _jitter(model, betas):
    """Moves of the means in standard deviations, [steps, K, D].

    Components that coincide at a low temperature need them to part (Rose 1998).
    """
    seed = tf.cast(model.seed_generator.next(), tf.int64)
    shape = [betas.size, model.k, model.dim]
    noise = tf.random.stateless_normal(shape, seed, stddev=0.1, dtype=model.variable_dtype)
    return tf.where(betas[:, None, None] < 1, noise, 0.0)


def _e_step(blocks, theta, beta=None):
    parts = [mixture.e_step(block, theta, beta=beta) for block in blocks]
    return mixture.Statistics(*(tf.add_n(values) for values in zip(*parts, strict=True)))


def _size(blocks):
    return sum(block.shape[0] * block.shape[2] for block in blocks)


def _mean_log_likelihood(blocks, theta):
    return _e_step(blocks, theta).log_likelihood / _size(blocks)


_final_log_likelihood = tf.function(_mean_log_likelihood, jit_compile=True)


def _em_from(blocks, theta, betas, jitter, max_steps, tol):
    """Annealed steps, then steps at temperature 1 until they gain less than tol."""
    never = tf.constant(-math.inf, tf.float64)
    traces, stopped = [], False
    if betas.size:
        annealing = tf.cast(betas, theta.mu.dtype), jitter
        theta, trace, _ = _em(blocks, theta, never, betas.size, annealing)
        traces.append(trace)
    if betas.size < max_steps:
        # Rounding can make a gain negative, which is below a tol of 0.
        limit = tf.constant(tol, tf.float64) if tol > 0 else never
        theta, trace, stopped = _em(blocks, theta, limit, max_steps - betas.size)
        traces.append(trace)
    trace = np.concatenate(traces)
    return theta, FitResult(trace, len(trace), "tol" if stopped else "max_steps")


def _em(blocks, theta, tol, max_steps, annealing=None):
    theta, trace, steps, stopped = _em_loop(blocks, theta, tol, max_steps, annealing)
    return theta, trace.numpy()[:steps], stopped


@tf.function(jit_compile=True)
def _em_loop(blocks, theta, tol, max_steps, annealing):
    trace = tf.TensorArray(tf.float64, max_steps)
    last, calm, steps = tf.constant(-math.inf, tf.float64), 0, 0
    for i in tf.range(max_steps):
        if annealing is None:
            statistics = _e_step(blocks, theta)
            theta = mixture.update(statistics, theta)
        else:
            betas, jitter = annealing
            statistics = _e_step(blocks, theta, betas[i])
            theta = mixture.update(statistics, theta)
            theta = theta._replace(mu=theta.mu + jitter[i] * tf.exp(theta.scale))
        now = statistics.log_likelihood / _size(blocks)
        trace = trace.write(i, now)
        calm = tf.where(now - last < tol, calm + 1, 0)
        last, steps = now, i + 1
        if calm == PATIENCE:
            break
    return theta, trace.stack(), steps, calm == PATIENCE


@tf.function(jit_compile=True)
def _adam(blocks, theta, learning_rate, steps):
    decay1, decay2, epsilon = 0.9, 0.999, 1e-7
    m = v = mixture.Mixture(*(tf.zeros_like(value) for value in theta))
    trace = tf.TensorArray(tf.float64, steps)
    for i in tf.range(steps):
        with tf.GradientTape() as tape:
            tape.watch(theta)
            nll = -_mean_log_likelihood(blocks, mixture.normal_mixture(*theta))
        gradient = tape.gradient(nll, theta)
        trace = trace.write(i, nll)
        t = tf.cast(i + 1, learning_rate.dtype)
        rate = learning_rate * tf.sqrt(1 - decay2**t) / (1 - decay1**t)
        m = _each(lambda m, g: decay1 * m + (1 - decay1) * g, m, gradient)
        v = _each(lambda v, g: decay2 * v + (1 - decay2) * g * g, v, gradient)
        move = _each(lambda m, v: m / (tf.sqrt(v) + epsilon), m, v)
        theta = mixture.Mixture(*(p - rate * d for p, d in zip(theta, move, strict=True)))
    return theta, trace.stack()


def _each(function, *mixtures):
    return mixture.Mixture(*(function(*values) for values in zip(*mixtures, strict=True)))
