"""Compiled loops over data in blocks: EM, annealed EM, gradient steps."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import covariance, em, missing, mixture, priors
from gmm_tf.adam import adam_step
from gmm_tf.convergence import too_little

# Steps that one call of a loop takes at most.
STEPS = 256


class Progress(NamedTuple):
    """What a loop remembers of the steps before."""

    last: tf.Tensor  # [], float64, objective
    calm: tf.Tensor  # [], steps in a row that gained too little


def no_progress():
    """Of the first step, which nothing can be compared with."""
    return Progress(tf.constant(-math.inf, tf.float64), tf.constant(0))


def all_statistics(parts, theta, beta=None, centred=True):
    """Statistics of all parts."""
    k, dim = theta.mu.shape
    shapes = em.statistics_shapes(k, dim, tuple(theta.scale.shape))
    total = em.Statistics(*(tf.zeros(shape, tf.float64) for shape in shapes))
    for x, weights, observed in parts:
        for i in tf.range(x.shape[0]):
            w = None if weights is None else weights[i]
            if observed is None:
                more = em.e_step(x[i], theta, w, beta, centred)
            else:
                more = missing.e_step(x[i], observed[i], theta, w, beta, centred)
            total = em.Statistics(*(a + b for a, b in zip(total, more, strict=True)))
    return total


def loses_digits(theta):
    """Whether means are so many standard deviations from the origin that products are inexact."""
    whitened = covariance.whiten(theta.mu[..., None], theta.scale)
    # Squared, this many roundings are lost.
    limit = np.finfo(theta.mu.dtype.as_numpy_dtype).eps ** -0.2
    return tf.logical_not(tf.reduce_max(tf.abs(whitened)) < limit)


@tf.function(jit_compile=True)
def em_step(parts, count, log_unit, theta, floor, centred, prior=None):
    """(objective before, mixture after); the objective as `_objective` has it."""
    statistics = all_statistics(parts, theta, centred=centred)
    now = _objective(statistics, theta, count, log_unit, prior)
    return now, em.update(statistics, theta, floor, prior)


def _objective(statistics, theta, count, log_unit, prior):
    """Log-likelihood, and with a prior its log-density, for each observation; less `log_unit`."""
    total = statistics.log_likelihood
    if prior is not None:
        total += priors.log_kernel(theta, prior)
    return total / count - log_unit


@tf.function(jit_compile=True)
def em_loop(parts, count, log_unit, theta, floor, tol, limit, patience, progress, centred, prior=None):
    """At most `limit` EM steps, until `patience` of them in a row gained less than tol.

    Returns:
        (mixture, objective before each step [STEPS], number of steps, Progress).
    """
    trace, steps = tf.TensorArray(tf.float64, STEPS), 0
    # A range of `limit` would be compiled anew for each value.
    for i in tf.range(STEPS):
        now, theta = em_step(parts, count, log_unit, theta, floor, centred, prior)
        trace = trace.write(i, now)
        calm = tf.where(too_little(now, progress.last, tol), progress.calm + 1, 0)
        progress, steps = Progress(now, calm), i + 1
        if calm >= patience or steps == limit:
            break
        if not centred and loses_digits(theta):
            break
    return theta, trace.stack(), steps, progress


@tf.function(jit_compile=True)
def annealing_loop(parts, count, log_unit, theta, floor, limit, betas, noise, prior=None):
    trace = tf.TensorArray(tf.float64, STEPS)
    for i in tf.range(STEPS):
        statistics = all_statistics(parts, theta, betas[i])
        trace = trace.write(i, _objective(statistics, theta, count, log_unit, prior))
        theta = em.update(statistics, theta, floor, prior)
        theta = theta._replace(mu=theta.mu + covariance.colour(noise[i], theta.scale))
        if i + 1 == limit:
            break
    return theta, trace.stack()


@tf.function(jit_compile=True)
def adam_loop(parts, count, theta, m, v, done, learning_rate, limit, centred):
    trace = tf.TensorArray(tf.float64, STEPS)
    for i in tf.range(STEPS):
        now = mixture.normal_mixture(*theta)
        statistics = all_statistics(parts, now, centred=centred)
        with tf.GradientTape() as tape:
            tape.watch(theta)
            gain = em.expected_log_joint(mixture.normal_mixture(*theta), statistics, now)
            nll = -gain / count
        gradient = tape.gradient(nll, theta)
        trace = trace.write(i, -statistics.log_likelihood / count)
        theta, m, v, done = adam_step(theta, gradient, m, v, done, learning_rate)
        if i + 1 == limit:
            break
    return theta, m, v, done, trace.stack()
