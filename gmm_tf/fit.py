"""Compiled fits of a model to data that fit in memory."""

import time
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import loops, mixture, starts
from gmm_tf.annealing import inverse_temperatures
from gmm_tf.blocks import is_few, pack
from gmm_tf.search import Search

# The compiled loops come up for air after about so many seconds.
SECONDS = 0.5
# A first guess at how long a step takes: numbers for each observation, component and dimension.
NUMBERS_A_SECOND = 1e9

class FitResult(NamedTuple):
    """What happened during a fit; the parameters are in the model."""

    trace: np.ndarray  # [steps], the objective before each step
    steps: int
    stopped_by: str  # "tol" or "max_steps"


def fit_gradient(model, x, steps=3000, learning_rate=0.01, verbose=0):
    """Maximise the likelihood by Adam on all of x (Kingma & Ba 2015, algorithm 1).

    Args:
        model: a `GMM`; starts at its weights and leaves the result in them.
        x: [N, D].
        steps: number of Adam steps, >= 1.
        learning_rate: Adam's step size, > 0.
        verbose: 1 shows a progress bar.

    Returns:
        FitResult; `trace` is the mean negative log-likelihood before each step.

    Raises:
        ValueError: wrong shape; NaN or infinite data; an argument out of its range; a learning rate
            at which the fit diverges (the weights stay as they were).
    """
    check_at_least("steps", steps, 1)
    if not learning_rate > 0:
        raise ValueError(f"Expected learning_rate > 0, got {learning_rate}; try 0.01.")
    x = model.check_data(x).numpy()
    data = _pack(model, x, None, standardise=False)
    theta = data.inside(model.mixture)
    rate = tf.cast(learning_rate, theta.mu.dtype)
    zero = mixture.Mixture(*(tf.zeros_like(value) for value in theta))
    few = is_few(model.k, model.dim)
    state, trace = (theta, zero, zero, tf.constant(0)), []
    bar = _Bar(verbose, steps, model.k * len(x) * model.dim)
    while len(trace) < steps:
        limit = bar.next_limit(len(trace), steps)
        centred = few or bool(loops.loses_digits(state[0]))
        *state, values = loops.adam_loop(data.parts, data.count, *state, rate, tf.constant(limit), centred)
        trace += list(values.numpy()[:limit])
        bar.show(len(trace), nll=trace[-1])
    bar.close()
    theta = state[0]
    if not all(np.isfinite(value).all() for value in (*theta, trace)):
        raise ValueError(
            f"Expected the fit to converge, but it left all finite numbers at learning_rate = "
            f"{learning_rate}; try {learning_rate / 10:g}."
        )
    model.assign(data.outside(theta))
    return FitResult(np.array(trace), steps, "max_steps")


def fit_em(model, x, max_steps=3000, tol=1e-7, restarts=1, anneal=None, start="weights",
           reseed=False, accelerate=0, sample_weight=None, verbose=0):  # fmt: skip
    """Maximise the likelihood by expectation-maximisation (Bishop 2006, section 9.2.2).

    Each step is exact: float64 sums over all of x of what is computed in the model's dtype. The
    log-likelihood never falls, within the least variance that `model.variance_floor` allows, and but
    for the annealed steps.

    Args:
        model: an `EMGMM` or `GMM`; starts at its weights and leaves the result in them. Of the start,
            means further than 1e4 spreads of x from its median, and scales that far from it or
            below the floor, are brought nearer: float32 could not hold their squares.
        x: [N, D].
        max_steps: largest number of EM steps, >= 1, annealed steps included.
        tol: stop when 10 steps in a row gained less than tol times the size of the mean
            log-likelihood each (times 1 if that is larger); 0 runs all steps.
        restarts: number of starts, >= 1. The best is kept.
        anneal: number of first EM steps, or "half" of them, with a posterior that is soft at first
            (deterministic annealing, Ueda & Nakano 1998): at inverse temperatures that rise
            geometrically from 0.05 to 1, or at those given. Below 1 each step also moves the means by
            about 0.1 standard deviation, at random.
        start: "weights" of the model, "k-means++" (Arthur & Vassilvitskii 2007) or "random"
            observations as means; restarts after "weights" are k-means++.
        reseed: after convergence, move a component that is left with less than half an observation
            to the observation that is explained worst, where that raises the likelihood; go on.
        accelerate: past steps that extrapolate the next one (Anderson acceleration); 0 for none. An
            extrapolation that lowers the likelihood is dropped for the plain step.
        sample_weight: [N], how often each observation counts; once if None.
        verbose: 1 shows a progress bar.

    Returns:
        FitResult; `trace` is the mean log-likelihood before each step of the start kept.

    Raises:
        ValueError: wrong shape; NaN or infinite data; an argument out of its range.
    """
    for name, value, least in (
        ("max_steps", max_steps, 1), ("restarts", restarts, 1), ("tol", tol, 0),
        ("accelerate", accelerate, 0),
    ):  # fmt: skip
        check_at_least(name, value, least)
    starts.check(start)
    if anneal is not None and accelerate:
        raise ValueError("Expected anneal or accelerate, got both; choose one of them.")
    betas = inverse_temperatures(anneal, max_steps)
    x = model.check_data(x).numpy()
    data = _pack(model, x, sample_weight, standardise=True)
    rng = starts.generator(model)
    bar = _Bar(verbose, max_steps * restarts, model.k * len(x) * model.dim)
    search = Search(model, data, max_steps, tol, rng, bar)
    fits = []
    for index in range(restarts):
        again = "k-means++" if start == "weights" else start
        theta = starts.start(model, x, again if index else start, rng)
        fits.append(search.run(data.inside(theta), betas, accelerate, reseed))
    bar.close()
    best = fits[0] if restarts == 1 else max(fits, key=lambda fit: search.objective(fit[0]))
    theta, trace, stopped_by = best
    model.assign(data.outside(theta))
    return FitResult(trace, len(trace), stopped_by)


def check_at_least(name, value, least):
    if not value >= least:
        raise ValueError(f"Expected {name} >= {least}, got {value}; raise it.")


def _pack(model, x, sample_weight, standardise):
    x = x.astype(np.float64, copy=False)
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
    units = ("all" if model.covariance == "spherical" else "each") if standardise else None
    return pack(x, model.k, model.covariance, model.variable_dtype, sample_weight, units)


class _Bar:
    """Keras's progress bar, and how many steps a compiled loop takes until the next look at it."""

    def __init__(self, verbose, steps, numbers):
        self.bar = keras.utils.Progbar(steps, unit_name="step") if verbose else None
        self.done, self.pace = 0, numbers / NUMBERS_A_SECOND

    def next_limit(self, done, most):
        self.since = time.perf_counter()
        self.last = max(1, min(int(SECONDS / self.pace), loops.STEPS, most - done))
        return self.last

    def show(self, done, **values):
        self.pace = max(1e-9, (time.perf_counter() - self.since) / self.last)
        if self.bar is not None:
            self.done += self.last
            self.bar.update(self.done, values=list(values.items()), finalize=False)

    def close(self):
        if self.bar is not None:
            self.bar.update(self.done, finalize=True)
