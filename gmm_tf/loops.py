"""Compiled loops of EM, annealed EM and gradient steps over blocks, and an eager loop for any E-step."""

import functools
import math
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import convergence, covariance, em, missing, mixture, priors
from gmm_tf.adam import Moments, adam_step
from gmm_tf.blocks import Part
from gmm_tf.mixture import Mixture
from gmm_tf.shapes import Bool, Float, Int, Tensor

# Most steps of one call of a loop, and the number of starts that it handles.
STEPS, SLOTS = 256, 10

# AutoGraph would convert every traced function, which takes a large part of the first call.
compiled = functools.partial(tf.function, jit_compile=True, autograph=False)


def all_statistics(
    parts: tuple[Part, ...], theta: Mixture, beta: Float[Tensor, ""] | None = None, centred: bool = True
) -> em.Statistics:
    """Statistics of all parts."""
    k, dim = theta.mu.shape
    shapes = em.statistics_shapes(k, dim, tuple(theta.scale.shape))
    total = em.Statistics(*(tf.zeros(shape, tf.float64) for shape in shapes))
    for part in parts:
        step = functools.partial(_add_blocks, part, theta, beta, centred)
        _, total = tf.while_loop(lambda i, _, last=part.x.shape[0]: i < last, step, (0, total))
    return total


def _add_blocks(
    part: Part, theta: Mixture, beta: Float[Tensor, ""] | None, centred: bool, i: Tensor, total: em.Statistics
) -> tuple[Tensor, em.Statistics]:
    """(i + 1, the Statistics with those of the blocks of step i of a part)."""
    weights = None if part.weights is None else part.weights[i]
    if part.observed is None:
        more = em.e_step(part.x[i], theta, weights, beta, centred)
    else:
        more = missing.e_step(part.x[i], part.observed[i], theta, weights, beta, centred)
    return i + 1, em.added(total, more)


def loses_digits(theta: Mixture) -> Bool[Tensor, ""]:
    """Whether means are so far from the origin, in standard deviations, that products lose precision."""
    whitened = covariance.whiten(theta.mu[..., None], theta.scale)
    # The square is the number of roundings lost.
    limit = np.finfo(theta.mu.dtype.as_numpy_dtype).eps ** -0.2
    return tf.logical_not(tf.reduce_max(tf.abs(whitened)) < limit)


class Problem(NamedTuple):
    """What EM maximises, in units of the blocks."""

    parts: tuple[Part, ...]
    count: Float[Tensor, ""]  # number of observations
    log_unit: Float[Tensor, ""]  # what the objective in these units is too large by
    floor: Float[Tensor, "D"] | None  # of `em.least_variance`
    prior: priors.Prior | None = None


@compiled
def em_step(problem: Problem, theta: Mixture, centred: bool) -> tuple[Float[Tensor, ""], Mixture]:
    """(objective before, mixture after); the objective as `_objective` has it."""
    statistics = all_statistics(problem.parts, theta, centred=centred)
    now = _objective(problem, statistics, theta)
    return now, em.update(statistics, theta, problem.floor, problem.prior)


def _objective(problem: Problem, statistics: em.Statistics, theta: Mixture) -> Float[Tensor, ""]:
    """Log-likelihood, and with a prior its log-density, for each observation; less `log_unit`."""
    total = statistics.log_likelihood
    if problem.prior is not None:
        total += priors.log_kernel(theta, problem.prior)
    return total / problem.count - problem.log_unit


class Climb(NamedTuple):
    """Result of a call of `em_loop` for each start, all [SLOTS, ...]; zeros in unused slots."""

    theta: Annotated[Mixture, "each with a first axis of SLOTS"]
    values: Float[Tensor, "SLOTS STEPS"]  # objective at each E-step
    taken: Int[Tensor, "SLOTS"]  # E-steps
    progress: convergence.Progress
    exact: Bool[Tensor, "SLOTS"]  # whether products of the blocks are precise enough at this mixture


class Starts(NamedTuple):
    """Where climbs begin."""

    thetas: Annotated[Mixture, "each with a first axis of SLOTS"]
    runs: Int[Tensor, ""]  # number of slots in use
    progress: convergence.Progress  # of all of them so far


@compiled
def em_loop(
    problem: Problem, starts: Starts, rule: convergence.Rule, limit: Int[Tensor, ""], centred: bool
) -> Climb:
    """EM from each of the starts, until the rule ends it, or for `limit` E-steps, at most STEPS.

    The last E-step of a rule is not followed by an M-step. Without `centred`, a climb also ends before an
    E-step that would lose precision.
    """

    def is_exact(theta: Mixture) -> Bool[Tensor, ""]:
        return tf.constant(True) if centred else ~loses_digits(theta)

    def goes_on(climb: Climb) -> Bool[Tensor, ""]:
        return (climb.taken < limit) & climb.exact & ~convergence.has_ended(climb.progress, rule)

    def step(climb: Climb) -> tuple[Climb]:
        statistics = all_statistics(problem.parts, climb.theta, centred=centred)
        now = _objective(problem, statistics, climb.theta)
        progress = convergence.after(climb.progress, now, rule)
        theta = tf.cond(
            convergence.has_ended(progress, rule),
            lambda: climb.theta,
            lambda: em.update(statistics, climb.theta, problem.floor, problem.prior),
        )
        values = tf.where(tf.range(STEPS) == climb.taken, now, climb.values)
        return (Climb(theta, values, climb.taken + 1, progress, is_exact(theta)),)

    def first(i: Int[Tensor, ""]) -> Climb:
        theta = Mixture(*(value[i] for value in starts.thetas))
        return Climb(theta, tf.zeros([STEPS], tf.float64), tf.constant(0), starts.progress, is_exact(theta))

    def run(i: Int[Tensor, ""], climbs: Any) -> tuple[Tensor, Any]:
        (climb,) = tf.while_loop(goes_on, step, (first(i),))
        climb = climb._replace(exact=~loses_digits(climb.theta))
        return i + 1, tf.nest.map_structure(lambda array, value: array.write(i, value), climbs, climb)

    def arrays_of(one: Climb) -> Any:
        return tf.nest.map_structure(lambda v: tf.TensorArray(v.dtype, SLOTS, element_shape=v.shape), one)

    _, climbs = tf.while_loop(lambda i, _: i < starts.runs, run, (0, arrays_of(first(0))))
    return tf.nest.map_structure(lambda array: array.stack(), climbs)


@compiled
def batch_statistics(
    x: Float[Tensor, "N D"], theta: Mixture, weights: Float[Tensor, "N"] | None = None
) -> em.Statistics:
    """`em.Statistics` of rows x [n, D] that count `weights` [n] times each; once if None."""
    return em.e_step(mixture.to_blocks(x), theta, None if weights is None else weights[None])


@compiled
def _update(statistics: em.Statistics, theta: Mixture, floor: Float[Tensor, "D"]) -> Mixture:
    return em.update(statistics, theta, floor)


def em_by_passes(
    e_step: Callable[[Mixture], tuple[float, em.Statistics]],
    theta: Mixture,
    floor: Float[Tensor, "D"],
    rule: convergence.Rule,
    show: Callable[[int, float], None] | None = None,
) -> tuple[Mixture, list[float], bool]:
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


class Heat(NamedTuple):
    """A schedule of annealed steps."""

    betas: Float[Tensor, "STEPS"]  # inverse temperatures
    noise: Float[Tensor, "STEPS K D"]  # that moves the means, in standard deviations
    limit: Int[Tensor, ""]  # number of steps


@compiled
def annealing_loop(problem: Problem, theta: Mixture, heat: Heat) -> tuple[Mixture, Float[Tensor, "STEPS"]]:
    """(mixture, objective before each step) of annealed EM."""

    def step(i: Tensor, theta: Mixture, trace: tf.TensorArray) -> tuple[Tensor, Mixture, tf.TensorArray]:
        statistics = all_statistics(problem.parts, theta, heat.betas[i])
        trace = trace.write(i, _objective(problem, statistics, theta))
        theta = em.update(statistics, theta, problem.floor, problem.prior)
        return i + 1, theta._replace(mu=theta.mu + covariance.colour(heat.noise[i], theta.scale)), trace

    first = 0, theta, tf.TensorArray(tf.float64, STEPS)
    _, theta, trace = tf.while_loop(lambda i, *_: i < heat.limit, step, first)
    return theta, trace.stack()


class Descent(NamedTuple):
    """State of a gradient fit; the logits of the mixture need not be normalised."""

    theta: Mixture
    moments: Moments


@compiled
def adam_loop(
    problem: Problem, start: Descent, learning_rate: Float[Tensor, ""], limit: Int[Tensor, ""], centred: bool
) -> tuple[Descent, Float[Tensor, "STEPS"]]:
    """(state after `limit` steps of Adam, mean negative log-likelihood before each)."""

    def step(i: Tensor, state: Descent, trace: tf.TensorArray) -> tuple[Tensor, Descent, tf.TensorArray]:
        theta = state.theta
        now = mixture.normal_mixture(*theta)
        statistics = all_statistics(problem.parts, now, centred=centred)
        with tf.GradientTape() as tape:
            tape.watch(theta)
            gain = em.expected_log_joint(mixture.normal_mixture(*theta), statistics, now)
            nll = -gain / problem.count
        gradient = tape.gradient(nll, theta)
        trace = trace.write(i, -statistics.log_likelihood / problem.count)
        return i + 1, Descent(*adam_step(theta, gradient, state.moments, learning_rate)), trace

    first = 0, start, tf.TensorArray(tf.float64, STEPS)
    _, state, trace = tf.while_loop(lambda i, *_: i < limit, step, first)
    return state, trace.stack()
