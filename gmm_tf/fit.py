"""Compiled fits of a model to data that fit in memory."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import convergence, inputs, loops, mixture, patterns, priors, starts
from gmm_tf.adam import no_moments
from gmm_tf.annealing import Schedule, inverse_temperatures
from gmm_tf.blocks import Data, Units, frame_of, is_few, pack, units_for
from gmm_tf.defaults import LEARNING_RATE, TOL
from gmm_tf.models import MixtureModel
from gmm_tf.names import Start, StoppedBy
from gmm_tf.progress import Bar
from gmm_tf.result import FitResult, degenerate, warn
from gmm_tf.sampling import Rows
from gmm_tf.search import Route, Search, subject
from gmm_tf.shapes import Float, Observations, Tensor, Weights

# If the last tenth of the gradient steps gained more than this, the fit has not converged.
UNFINISHED = 1e-4


def fit_gradient(
    model: MixtureModel,
    x: Observations,
    steps: int = 3000,
    learning_rate: float = LEARNING_RATE,
    verbose: int = 0,
    start: str | None = None,
) -> FitResult:
    """Maximise the likelihood by Adam on all of x (Kingma & Ba 2015, algorithm 1).

    Args:
        model: a `GMM`; its weights become the result.
        x: [N, D].
        steps: number of Adam steps, >= 1.
        learning_rate: Adam's step size, > 0.
        verbose: 1 shows a progress bar.
        start: as in `fit_em`.

    Returns:
        FitResult; `trace` is the mean negative log-likelihood before each step. As Adam takes all
        steps, `converged` says whether the last tenth of them gained less than 1e-4 nats.

    Raises:
        ValueError: wrong shape; NaN or infinite data; an argument out of its range; fewer rows than
            components; a learning rate at which the fit diverges (the weights do not change).

    Warns:
        DegenerateFitWarning: a component is collapsed or empty.
    """
    inputs.check_count("steps", steps)
    if not inputs.number("learning_rate", learning_rate) > 0:
        raise ValueError(f"Expected learning_rate > 0, got {learning_rate}; try {LEARNING_RATE}.")
    start = starts.chosen(model, start)
    rows = checked(model, x)
    data = pack(rows.x, model.k, model.covariance, model.variable_dtype, frame_of(rows.x, Units.ONE))
    theta = data.inside(starts.start(model, rows, start, starts.generator(model)))
    floor = data.floor(model.variance_floor, model.scale.shape)
    theta, trace, last = _descended(
        data, theta, steps, learning_rate, Bar(verbose, steps, model.k * rows.x.size)
    )
    model.assign(data.outside(theta))
    calm = bool(trace[-1 - steps // 10] - last < UNFINISHED)
    found = degenerate(theta, floor, len(rows.x))
    warn(model.mixture, found)
    return FitResult(np.array(trace), steps, StoppedBy.MAX_STEPS, -last, calm, *found)


def _descended(
    data: Data, theta: mixture.Mixture, steps: int, learning_rate: float, bar: Bar
) -> tuple[mixture.Mixture, list[float], float]:
    """(mixture of the blocks after the steps, negative log-likelihood before each, and after the last)."""
    zero = tf.constant(0.0, tf.float64)
    problem = loops.Problem(data.parts, data.count, zero, None)
    rate, few = tf.cast(learning_rate, theta.mu.dtype), is_few(*theta.mu.shape)
    state, trace = loops.Descent(theta, no_moments(theta)), list[float]()

    def loop(limit: int) -> tuple[loops.Descent, Float[Tensor, "STEPS"]]:
        centred = few or bool(loops.loses_digits(state.theta))
        return loops.adam_loop(problem, state, rate, tf.constant(limit), centred)

    while len(trace) < steps:
        limit = bar.next_limit(len(trace), steps)
        state, values = loop(limit)
        trace += list(values.numpy()[:limit])
        bar.show(len(trace), nll=trace[-1])
    bar.close()
    last = float(loop(1)[-1][0])
    if not all(np.isfinite(value).all() for value in (*state.theta, trace)):
        raise ValueError(
            f"Expected finite parameters, got NaN or infinite ones at learning_rate = "
            f"{learning_rate}; try {learning_rate / 10:g}."
        )
    return state.theta, trace, last


class Limits(NamedTuple):
    """When EM ends, as in `fit_em`."""

    tol: float
    max_steps: int


class Restarts(NamedTuple):
    """How often, from where and how EM climbs, as in `fit_em`."""

    number: int
    start: str | None
    anneal: Schedule
    reseed: bool
    accelerate: int
    width: int | None
    prior: str | priors.Prior | None


def fit_em(model: MixtureModel, x: Observations, max_steps: int = 3000, tol: float = TOL, restarts: int = 1,
           anneal: Schedule = None, start: str | None = None, reseed: bool = False, accelerate: int = 0,
           sample_weight: Weights | None = None, verbose: int = 0, missing: bool = False,
           width: int | None = None, prior: str | priors.Prior | None = None) -> FitResult:  # fmt: skip
    """Maximise the likelihood by exact EM, with sums in float64 (Bishop 2006, section 9.2.2).

    With a prior, maximise the posterior density of the parameters (MAP; Fraley & Raftery 2007). Under the
    least variance that `model.variance_floor` allows, the objective never falls, except when annealed.

    Args:
        model: an `EMGMM` or `GMM`; its weights become the result.
        x: [N, D], N >= k. Rows without any value are left out.
        max_steps: largest number of EM steps, >= 1, annealed steps included.
        tol: stop after 3 steps in a row (all steps, if max_steps is less) that gain less than tol times the
            mean log-likelihood (times 1 if that is larger); 0 runs all steps.
        restarts: number of starts, >= 1. The best is kept; one with a collapsed or empty component only if
            all have one.
        anneal: number of initial EM steps, or "half" of all, with a tempered posterior; or the inverse
            temperatures (Ueda & Nakano 1998). Below 1, each step also moves the means at random.
        start: "data", "weights", "k-means++" or "random" (see `names.Start`). None is "data" for a model
            that was never trained, assigned or loaded, else "weights". After a start from "weights", restarts
            use "data".
        reseed: after convergence, move a component with less than half an observation to the observation
            that is explained worst, if that raises the likelihood, and continue.
        accelerate: number of past steps used to extrapolate, unless that would lower the likelihood; 0: none.
        sample_weight: [N], how often each observation counts; once if None.
        verbose: 1 shows a progress bar.
        missing: treat NaN in x as a value missing at random (`gmm_tf.missing`). Otherwise NaN is an error.
        width: number of components to compile for, >= k. Fits of one width and N share one compilation.
        prior: "default" for `default_prior`, or a `Prior`; None for none.

    Returns:
        FitResult; `trace` is the mean log-likelihood before each step of the best start. With a prior it is
        (log-likelihood + log prior density) / N; `log_likelihood` never includes the prior.

    Raises:
        ValueError: wrong shape; NaN or infinite data; an argument out of its range; fewer rows than
            components; with `missing`, a column without any value, or `reseed`; a prior that does not fit.

    Warns:
        DegenerateFitWarning: a component is collapsed or empty.
    """
    plan = Restarts(restarts, start, anneal, reseed, accelerate, width, prior)
    rows = checked(model, x, sample_weight, missing)
    return _fitted(model, rows, Limits(tol, max_steps), plan, verbose)


def _fitted(model: MixtureModel, rows: Rows, limits: Limits, restarts: Restarts, verbose: int) -> FitResult:
    """The result of the best start; the model takes its mixture."""
    name, betas = _checked_plan(model, limits, restarts)
    width = model.k if restarts.width is None else restarts.width
    inputs.check_count("width", width, model.k)
    data = packed(model, rows, width)
    if restarts.reseed and data.has_missing:
        raise ValueError("Expected reseed=False for data with missing values, got True; use restarts.")
    rng, prior = starts.generator(model), priors.chosen(restarts.prior, model, rows.x, rows.weights)
    bar = Bar(verbose, limits.max_steps * restarts.number, model.k * rows.x.size)
    search = Search(subject(model, data, width, prior), convergence.rule(*limits), rng, bar)
    route = Route(betas, restarts.accelerate, restarts.reseed)
    runs = []
    for index in range(restarts.number):
        filled = rows._replace(x=patterns.filled(rows.x, rng)) if data.has_missing else rows
        again = Start.DATA if index and name is Start.WEIGHTS else name
        theta = starts.start(model, filled, again, rng, width, prior)
        runs.append(search.run(data.inside(mixture.cast(theta, data.parts[0].x.dtype)), route))
    bar.close()
    best = max(runs, key=lambda run: run.merit)
    model.assign(data.outside(best.theta))
    found = best.result.collapsed, best.result.empty
    warn(model.mixture, found, model.variance_floor, prior is not None, stacklevel=4)
    return best.result


def _checked_plan(model: MixtureModel, limits: Limits, restarts: Restarts) -> tuple[Start, np.ndarray]:
    """(the start, the inverse temperatures of the first steps)."""
    inputs.check_count("max_steps", limits.max_steps)
    inputs.check_count("restarts", restarts.number)
    inputs.check_count("accelerate", restarts.accelerate, 0)
    inputs.check_at_least("tol", limits.tol, 0)
    start = starts.chosen(model, restarts.start)
    if restarts.anneal is not None and restarts.accelerate:
        raise ValueError("Expected anneal or accelerate, got both; choose one of them.")
    return start, inverse_temperatures(restarts.anneal, limits.max_steps)


def packed(model: MixtureModel, rows: Rows, width: int) -> Data:
    """Rows, NaN where values are missing, as `blocks.Data` for passes with `width` components."""
    if np.isnan(rows.x).any():
        return patterns.pack(rows.x, width, model.covariance, rows.weights)
    frame = frame_of(rows.x, units_for(model.covariance))
    return pack(rows.x, width, model.covariance, model.variable_dtype, frame, rows.weights)


def checked(
    model: MixtureModel, x: Observations, sample_weight: Weights | None = None, missing: bool = False
) -> Rows:
    """x and the weights of its rows as float64 arrays, without rows of weight 0."""
    x = model.check_data(x, missing).numpy().astype(np.float64, copy=False)
    if sample_weight is not None:
        sample_weight = inputs.weights(sample_weight, len(x))
        x, sample_weight = x[sample_weight > 0], sample_weight[sample_weight > 0]
    there = ~np.isnan(x).all(axis=1)
    if not there.all():
        x, sample_weight = x[there], None if sample_weight is None else sample_weight[there]
    nothing = np.isnan(x).all(axis=0)
    if nothing.any():
        raise ValueError(
            f"Expected a value in every column, got none in column {np.argmax(nothing)}; drop that column."
        )
    starts.check_enough(len(x), model.k)
    return Rows(x, sample_weight)
