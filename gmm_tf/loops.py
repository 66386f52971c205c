"""Compiled loops of EM, annealed EM and gradient steps over blocks, and an eager loop for any E-step."""

import functools
import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import convergence, covariance, em, missing, mixture, priors
from gmm_tf.adam import adam_step

# Most steps of one call of a loop, and the number of starts that it handles.
STEPS, SLOTS = 256, 10

# AutoGraph would convert every traced function, which takes a large part of the first call.
compiled = functools.partial(tf.function, jit_compile=True, autograph=False)


def all_statistics(parts, theta, beta=None, centred=True):
    """Statistics of all parts."""
    k, dim = theta.mu.shape
    shapes = em.statistics_shapes(k, dim, tuple(theta.scale.shape))
    total = em.Statistics(*(tf.zeros(shape, tf.float64) for shape in shapes))
    for part in parts:
        step = functools.partial(_add_blocks, part, theta, beta, centred)
        _, total = tf.while_loop(lambda i, _, last=part.x.shape[0]: i < last, step, (0, total))
    return total


def _add_blocks(part, theta, beta, centred, i, total):
    """(i + 1, the Statistics with those of the blocks of step i of a part)."""
    weights = None if part.weights is None else part.weights[i]
    if part.observed is None:
        more = em.e_step(part.x[i], theta, weights, beta, centred)
    else:
        more = missing.e_step(part.x[i], part.observed[i], theta, weights, beta, centred)
    return i + 1, em.added(total, more)


def loses_digits(theta):
    """Whether means are so far from the origin, in standard deviations, that products lose precision."""
    whitened = covariance.whiten(theta.mu[..., None], theta.scale)
    # The square is the number of roundings lost.
    limit = np.finfo(theta.mu.dtype.as_numpy_dtype).eps ** -0.2
    return tf.logical_not(tf.reduce_max(tf.abs(whitened)) < limit)


@compiled
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


class Climb(NamedTuple):
    """Result of a call of `em_loop` for each start, all [SLOTS, ...]; zeros in unused slots."""

    theta: mixture.Mixture
    values: tf.Tensor  # [STEPS], objective at each E-step
    taken: tf.Tensor  # E-steps
    progress: convergence.Progress
    exact: tf.Tensor  # whether products of the blocks are precise enough at this mixture


@compiled
def em_loop(parts, count, log_unit, starts, runs, floor, rule, progress, limit, centred, prior=None):
    """EM from each of the first `runs` starts, until the rule ends it, or for `limit` E-steps.

    The last E-step of a rule is not followed by an M-step. Without `centred`, a climb also ends before an
    E-step that would lose precision.

    Args:
        starts: a Mixture of arrays with a first axis of SLOTS.
        rule, progress: a `convergence.Rule`, and the Progress of all climbs so far.
        limit: at most STEPS.

    Returns:
        Climb.
    """

    def is_exact(theta):
        return tf.constant(True) if centred else ~loses_digits(theta)

    def goes_on(climb):
        return (climb.taken < limit) & climb.exact & ~convergence.has_ended(climb.progress, rule)

    def step(climb):
        statistics = all_statistics(parts, climb.theta, centred=centred)
        now = _objective(statistics, climb.theta, count, log_unit, prior)
        progress = convergence.after(climb.progress, now, rule)
        ended = convergence.has_ended(progress, rule)
        theta = tf.cond(ended, lambda: climb.theta, lambda: em.update(statistics, climb.theta, floor, prior))
        values = tf.where(tf.range(STEPS) == climb.taken, now, climb.values)
        return (Climb(theta, values, climb.taken + 1, progress, is_exact(theta)),)

    def first(i):
        theta = mixture.Mixture(*(value[i] for value in starts))
        return Climb(theta, tf.zeros([STEPS], tf.float64), tf.constant(0), progress, is_exact(theta))

    def run(i, climbs):
        (climb,) = tf.while_loop(goes_on, step, (first(i),))
        climb = climb._replace(exact=~loses_digits(climb.theta))
        return i + 1, tf.nest.map_structure(lambda array, value: array.write(i, value), climbs, climb)

    def arrays_of(one):
        return tf.nest.map_structure(lambda v: tf.TensorArray(v.dtype, SLOTS, element_shape=v.shape), one)

    _, climbs = tf.while_loop(lambda i, _: i < runs, run, (0, arrays_of(first(0))))
    return tf.nest.map_structure(lambda array: array.stack(), climbs)


@compiled
def batch_statistics(x, theta, weights=None):
    """`em.Statistics` of rows x [n, D] that count `weights` [n] times each; once if None."""
    return em.e_step(mixture.to_blocks(x), theta, None if weights is None else weights[None])


@compiled
def _update(statistics, theta, floor):
    return em.update(statistics, theta, floor)


def em_by_passes(e_step, theta, floor, rule, show=None):
    """EM with an E-step in Python, such as a pass over files or a sum over workers.

    Args:
        e_step: mixture -> (mean log-likelihood, `em.Statistics`).
        rule: a `convergence.Rule`.
        show: called with (steps done, log-likelihood before it) after each step.

    Returns:
        (mixture, log-likelihoods before each step and after the last, whether it converged).

    Raises:
        ValueError: a log-likelihood that is not finite.
    """
    progress, values = convergence.Progress(), []
    while True:
        now, statistics = e_step(theta)
        if not math.isfinite(now):
            raise ValueError(f"Expected a finite log-likelihood, got {now}; start nearer to the data.")
        values.append(now)
        progress = convergence.after(progress, now, rule)
        if convergence.has_ended(progress, rule):
            return theta, values, convergence.is_converged(progress, rule)
        theta = _update(statistics, theta, floor)
        if show is not None:
            show(len(values), now)


@compiled
def annealing_loop(parts, count, log_unit, theta, floor, limit, betas, noise, prior=None):
    """`limit` EM steps at inverse temperatures `betas` [STEPS], each of which moves the means by `noise`."""

    def step(i, theta, trace):
        statistics = all_statistics(parts, theta, betas[i])
        trace = trace.write(i, _objective(statistics, theta, count, log_unit, prior))
        theta = em.update(statistics, theta, floor, prior)
        return i + 1, theta._replace(mu=theta.mu + covariance.colour(noise[i], theta.scale)), trace

    first = 0, theta, tf.TensorArray(tf.float64, STEPS)
    _, theta, trace = tf.while_loop(lambda i, *_: i < limit, step, first)
    return theta, trace.stack()


@compiled
def adam_loop(parts, count, theta, m, v, done, learning_rate, limit, centred):
    """`limit` steps of Adam; `theta` is a Mixture whose logits need not be normalised."""

    def step(i, state, trace):
        theta = state[0]
        now = mixture.normal_mixture(*theta)
        statistics = all_statistics(parts, now, centred=centred)
        with tf.GradientTape() as tape:
            tape.watch(theta)
            gain = em.expected_log_joint(mixture.normal_mixture(*theta), statistics, now)
            nll = -gain / count
        gradient = tape.gradient(nll, theta)
        trace = trace.write(i, -statistics.log_likelihood / count)
        return i + 1, adam_step(theta, gradient, *state[1:], learning_rate), trace

    first = 0, (theta, m, v, done), tf.TensorArray(tf.float64, STEPS)
    _, state, trace = tf.while_loop(lambda i, *_: i < limit, step, first)
    return *state, trace.stack()
