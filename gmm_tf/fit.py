"""Compiled fits of a model to data that fit in memory."""

import numpy as np
import tensorflow as tf

from gmm_tf import loops, mixture, patterns, priors, starts
from gmm_tf.annealing import inverse_temperatures
from gmm_tf.blocks import is_few, pack
from gmm_tf.defaults import LEARNING_RATE, TOL
from gmm_tf.progress import Bar
from gmm_tf.result import FitResult, degenerate, warn_if_degenerate
from gmm_tf.search import Search

# If the last tenth of the gradient steps gained more than this, the fit has not converged.
UNFINISHED = 1e-4


def fit_gradient(model, x, steps=3000, learning_rate=LEARNING_RATE, verbose=0, start=None):
    """Maximise the likelihood by Adam on all of x (Kingma & Ba 2015, algorithm 1).

    Args:
        model: a `GMM`; leaves the result in its weights.
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
    check_at_least("steps", steps, 1)
    if not learning_rate > 0:
        raise ValueError(f"Expected learning_rate > 0, got {learning_rate}; try {LEARNING_RATE}.")
    start = starts.chosen(model, start)
    x, _ = checked(model, x, None)
    data = pack(x, model.k, model.covariance, model.variable_dtype)
    theta = data.inside(starts.start(model, x, start, starts.generator(model)))
    rate = tf.cast(learning_rate, theta.mu.dtype)
    zero = mixture.Mixture(*(tf.zeros_like(value) for value in theta))
    few = is_few(model.k, model.dim)
    state, trace = (theta, zero, zero, tf.constant(0)), []
    bar = Bar(verbose, steps, model.k * len(x) * model.dim)

    def loop(limit):
        centred = few or bool(loops.loses_digits(state[0]))
        return loops.adam_loop(data.parts, data.count, *state, rate, tf.constant(limit), centred)

    while len(trace) < steps:
        limit = bar.next_limit(len(trace), steps)
        *state, values = loop(limit)
        trace += list(values.numpy()[:limit])
        bar.show(len(trace), nll=trace[-1])
    bar.close()
    theta, last = state[0], float(loop(1)[-1][0])
    if not all(np.isfinite(value).all() for value in (*theta, trace)):
        raise ValueError(
            f"Expected the fit to converge, but it left all finite numbers at learning_rate = "
            f"{learning_rate}; try {learning_rate / 10:g}."
        )
    model.assign(data.outside(theta))
    floor = data.floor(model.variance_floor, model.scale)
    calm = bool(trace[-1 - steps // 10] - last < UNFINISHED)
    found = degenerate(theta, floor, len(x))
    warn_if_degenerate(*found)
    return FitResult(np.array(trace), steps, "max_steps", -last, calm, *found)


def fit_em(model, x, max_steps=3000, tol=TOL, restarts=1, anneal=None, start=None,
           reseed=False, accelerate=0, sample_weight=None, verbose=0, missing=False,
           width=None, prior=None):  # fmt: skip
    """Maximise the likelihood by expectation-maximisation (Bishop 2006, section 9.2.2).

    With a prior, maximise the posterior density of the parameters (MAP; Fraley & Raftery 2007).

    Each step is exact: terms are computed in the model's dtype and summed over all of x in float64. Under the
    least variance that `model.variance_floor` allows, the log-likelihood never falls, except when annealed.

    Args:
        model: an `EMGMM` or `GMM`; leaves the result in its weights. Initial means that are further than 1e9
            spreads of x from its median, and scales that differ as much or are below the floor, are clipped,
            because float32 could not represent their squares.
        x: [N, D], N >= k. Rows without any value are left out.
        max_steps: largest number of EM steps, >= 1, annealed steps included.
        tol: stop when 3 steps in a row (all of them, where max_steps is less) gained less than tol times
            the size of the mean log-likelihood each (times 1 if that is larger); 0 runs all steps.
        restarts: number of starts, >= 1. The best is kept; one with a collapsed or empty component only if
            all have one.
        anneal: number of initial EM steps, or "half" of all, with a tempered posterior (deterministic
            annealing, Ueda & Nakano 1998): at inverse temperatures that rise geometrically from 0.05 to 1,
            or at the given ones. Below 1, each step also moves the means at random by about 0.1 standard
            deviations.
        start: "data", the best of 10 k-means++ starts after 20 EM steps each, on 20,000 rows at most;
            "weights" of the model; one "k-means++" start (Arthur & Vassilvitskii 2007), or "random"
            observations as means. None is "data" for a model that was never trained, assigned or loaded,
            and "weights" otherwise. Restarts after "weights" start from the data.
        reseed: after convergence, move a component that has less than half an observation to the observation
            that is explained worst, if that raises the likelihood, and continue.
        accelerate: number of past steps used to extrapolate (Anderson acceleration); 0 for none. An
            extrapolation that lowers the likelihood is replaced by the plain step.
        sample_weight: [N], how often each observation counts; once if None.
        verbose: 1 shows a progress bar.
        missing: NaN in x is a value missing at random, and the likelihood is that of the observed values
            (`gmm_tf.missing`), computed in float64. Without it, NaN is an error.
        width: number of components, >= k, to compile for; fits with the same width and the same number of
            rows share one compilation. None for k.
        prior: "default" for the prior of mclust's `priorControl()` (`default_prior(x, model.k,
            model.covariance)`), or a `Prior`; None for none. It keeps components with few observations from
            collapsing.

    Returns:
        FitResult; `trace` is the mean log-likelihood before each step of the best start. With a prior it is
        the penalised objective, (log-likelihood + log prior density) / N, which never falls, stops the
        fit and chooses among restarts; `log_likelihood` never includes the prior.

    Raises:
        ValueError: wrong shape; NaN or infinite data; an argument out of its range; fewer rows than
            components; with `missing`, a column without any value, or `reseed`; a prior that does not fit.

    Warns:
        DegenerateFitWarning: a component is collapsed or empty.
    """
    for name, value, least in (
        ("max_steps", max_steps, 1), ("restarts", restarts, 1), ("tol", tol, 0),
        ("accelerate", accelerate, 0),
    ):  # fmt: skip
        check_at_least(name, value, least)
    start = starts.chosen(model, start)
    if anneal is not None and accelerate:
        raise ValueError("Expected anneal or accelerate, got both; choose one of them.")
    betas = inverse_temperatures(anneal, max_steps)
    x, sample_weight = checked(model, x, sample_weight, missing)
    width = model.k if width is None else width
    check_at_least("width", width, model.k)
    data = packed(model, x, sample_weight, width)
    if reseed and data.has_missing:
        raise ValueError("Expected reseed=False for data with missing values, got True; use restarts.")
    rng = starts.generator(model)
    bar = Bar(verbose, max_steps * restarts, model.k * len(x) * model.dim)
    prior = priors.chosen(prior, model, x, sample_weight)
    search = Search(model, data, max_steps, tol, rng, bar, width, prior)
    runs = []
    for index in range(restarts):
        name = "data" if index and start == "weights" else start
        rows = patterns.filled(x, rng) if data.has_missing else x
        begin = starts.start(model, rows, name, rng, sample_weight, width, prior)
        theta = mixture.cast(begin, data.parts[0].x.dtype)
        runs.append(search.run(data.inside(theta), betas, accelerate, reseed))
    bar.close()
    best = max(runs, key=lambda run: run.merit)
    model.assign(data.outside(best.theta))
    warn_if_degenerate(best.result.collapsed, best.result.empty)
    return best.result


def check_at_least(name, value, least):
    if not value >= least:
        raise ValueError(f"Expected {name} >= {least}, got {value}; raise it.")


def packed(model, x, sample_weight, width):
    """x [N, D], NaN where values are missing, as `blocks.Data` for passes with `width` components."""
    if np.isnan(x).any():
        return patterns.pack(x, width, model.covariance, sample_weight)
    units = "all" if model.covariance == "spherical" else "each"
    return pack(x, width, model.covariance, model.variable_dtype, sample_weight, units)


def checked(model, x, sample_weight, missing=False):
    """x as a float64 array, and the weights of its rows, without rows of weight 0."""
    x = model.check_data(x, missing).numpy().astype(np.float64, copy=False)
    if sample_weight is not None:
        sample_weight = np.asarray(sample_weight, np.float64).reshape(-1)
        if len(sample_weight) != len(x) or not (
            np.isfinite(sample_weight).all() and sample_weight.min() >= 0 < sample_weight.max()
        ):
            raise ValueError(
                f"Expected sample_weight of shape [{len(x)}], finite, none negative and some positive, "
                f"got {len(sample_weight)} numbers from {sample_weight.min():g}; say how often each "
                "observation counts."
            )
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
    return x, sample_weight
