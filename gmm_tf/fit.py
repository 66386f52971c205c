"""Compiled fits of a model to data that fit in memory."""

import math
import time
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import accelerate, covariance, em, mixture, starts
from gmm_tf.blocks import FEW, pack

# Steps in a row that must gain less than tol: EM can pause on a saddle, and float32 sums round.
PATIENCE = 10
# The compiled loops come up for air after so many steps, or after about so many seconds.
STEPS, SECONDS = 256, 0.5
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
    _check_at_least("steps", steps, 1)
    if not learning_rate > 0:
        raise ValueError(f"Expected learning_rate > 0, got {learning_rate}; try 0.01.")
    data = _pack(model, x, None, standardise=False)
    theta = data.inside(model.mixture)
    rate = tf.cast(learning_rate, theta.mu.dtype)
    zero = mixture.Mixture(*(tf.zeros_like(value) for value in theta))
    state, trace = (theta, zero, zero, tf.constant(0)), []
    bar = _Bar(verbose, steps, model.k * len(x) * model.dim)
    while len(trace) < steps:
        limit = bar.next_limit(len(trace), steps)
        centred = model.k * model.dim <= FEW or bool(_loses_digits(state[0]))
        *state, values = _adam(data.parts, data.count, *state, rate, tf.constant(limit), centred)
        trace += list(values.numpy()[:limit])
        bar.show(len(trace), nll=trace[-1])
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
        model: an `EMGMM` or `GMM`; starts at its weights and leaves the result in them.
        x: [N, D].
        max_steps: largest number of EM steps, >= 1, annealed steps included.
        tol: stop when 10 steps in a row gained less than tol times the size of the mean
            log-likelihood each (times 1 if that is larger); 0 runs all steps.
        restarts: number of starts, >= 1. The best is kept.
        anneal: inverse temperatures that rise to 1, one EM step at each before the others
            (deterministic annealing, Ueda & Nakano 1998). Below 1 each step also moves the means
            by about 0.1 standard deviation, at random.
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
        _check_at_least(name, value, least)
    starts.check(start)
    if anneal is not None and accelerate:
        raise ValueError("Expected anneal or accelerate, got both; choose one of them.")
    betas = _check_anneal(anneal, max_steps)
    data = _pack(model, x, sample_weight, standardise=True)
    rng = starts.generator(model)
    search = _Search(model, data, max_steps, tol, rng, _Bar(verbose, max_steps * restarts, model.k * len(x) * model.dim))
    fits = []
    for index in range(restarts):
        again = "k-means++" if start == "weights" else start
        theta = starts.start(model, x, again if index else start, rng)
        fits.append(search.run(data.inside(theta), betas, accelerate, reseed))
    theta, result = fits[0] if restarts == 1 else max(fits, key=lambda fit: search.objective(fit[0]))
    model.assign(data.outside(theta))
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


def _pack(model, x, sample_weight, standardise):
    x = model.check_data(x).numpy().astype(np.float64, copy=False)
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
    return pack(x, model.k, model.variable_dtype, sample_weight, units)


class _Bar:
    """Keras's progress bar, and how many steps a compiled loop takes until the next look at it."""

    def __init__(self, verbose, steps, numbers):
        self.bar = keras.utils.Progbar(steps, unit_name="step") if verbose else None
        self.done, self.pace = 0, numbers / NUMBERS_A_SECOND

    def next_limit(self, done, most):
        self.since = time.perf_counter()
        self.last = max(1, min(int(SECONDS / self.pace), STEPS, most - done))
        return self.last

    def show(self, done, **values):
        self.pace = max(1e-9, (time.perf_counter() - self.since) / self.last)
        if self.bar is not None:
            self.done += self.last
            self.bar.update(self.done, values=list(values.items()), finalize=False)


class _Search:
    """EM on one set of data, from any start, in units of the data."""

    def __init__(self, model, data, max_steps, tol, rng, bar):
        self.data, self.max_steps, self.tol, self.rng, self.bar = data, max_steps, tol, rng, bar
        self.floor = tf.constant(model.variance_floor, tf.float64)
        self.log_unit = tf.constant(data.log_unit, tf.float64)
        self.few = model.k * model.dim <= FEW

    def run(self, theta, betas, memory, reseed):
        """(mixture, FitResult) from a start."""
        theta, trace = _within_reach(theta, float(self.floor)), []
        for first in range(0, betas.size, STEPS):
            theta = self.anneal(theta, betas[first : first + STEPS], trace)
        stopped = False
        while len(trace) < self.max_steps:
            climb = self.extrapolate if memory else self.climb
            theta, stopped = climb(theta, trace, memory)
            if not (reseed and len(trace) < self.max_steps):
                break
            moved = self.reseeded(theta)
            if moved is None:
                break
            theta = moved
        return theta, FitResult(np.array(trace), len(trace), "tol" if stopped else "max_steps")

    def climb(self, theta, trace, _=None):
        """Add EM steps to the trace until they gain too little or are too many."""
        tol = self.tol if self.tol > 0 else -math.inf  # rounding can make a gain negative
        last, calm = tf.constant(-math.inf, tf.float64), tf.constant(0)
        while len(trace) < self.max_steps:
            limit = self.bar.next_limit(len(trace), self.max_steps)
            theta, values, steps, last, calm = _em_loop(
                self.data.parts, self.data.count, self.log_unit, theta, self.floor,
                tf.constant(tol, tf.float64), tf.constant(limit), last, calm, centred=self.must_centre(theta)
            )  # fmt: skip
            trace += list(values.numpy()[: int(steps)])
            self.bar.show(len(trace), log_likelihood=trace[-1])
            if calm == PATIENCE:
                return theta, True
        return theta, False

    def anneal(self, theta, betas, trace):
        padded = np.ones(STEPS)
        padded[: betas.size] = betas
        # Components that coincide at a low temperature need noise to part (Rose 1998).
        noise = 0.1 * self.rng.standard_normal((STEPS, *theta.mu.shape)) * (padded < 1)[:, None, None]
        theta, values = _annealing_loop(
            self.data.parts, self.data.count, self.log_unit, theta, self.floor,
            tf.constant(betas.size),
            tf.constant(padded, theta.mu.dtype), tf.constant(noise, theta.mu.dtype),
        )  # fmt: skip
        trace += list(values.numpy()[: betas.size])
        return theta

    def extrapolate(self, theta, trace, memory):
        """`climb` by Anderson acceleration, in the logarithmic parameters of `Mixture`."""
        shapes = [value.shape for value in theta]
        ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]

        def pack_up(theta):
            return np.concatenate([np.ravel(value).astype(np.float64) for value in theta])

        def unpack(vector):
            parts = zip(np.split(vector, ends), shapes, strict=True)
            return mixture.normal_mixture(*(tf.constant(p.reshape(s), theta.mu.dtype) for p, s in parts))

        def step(vector):
            current = unpack(vector)
            value, new = _em_step(
                self.data.parts, self.data.count, self.log_unit, current, self.floor,
                centred=self.must_centre(current),
            )  # fmt: skip
            return float(value), pack_up(new)

        def converged(values):
            gains = np.diff(values[-PATIENCE - 1 :])
            return self.tol > 0 and gains.size == PATIENCE and np.all(
                gains < self.tol * np.maximum(1.0, np.abs(values[-PATIENCE:]))
            )  # fmt: skip

        most = self.max_steps - len(trace)
        vector, values = accelerate.anderson(step, pack_up(theta), memory, most, converged)
        trace += values
        return unpack(vector), bool(converged(values))

    def must_centre(self, theta):
        """Whether products of the blocks would lose digits, or win no time."""
        return self.few or bool(_loses_digits(theta))

    def objective(self, theta):
        return float(_mean_log_likelihood(self.data.parts, self.data.count, theta))

    def reseeded(self, theta):
        """The mixture with an empty component where it is needed most; None if that gains nothing."""
        _, n, *_ = _all_statistics(self.data.parts, theta)
        empty = int(tf.argmin(n))
        if n[empty] >= 0.5:
            return None
        worst = min((_worst(part, theta) for part in self.data.parts), key=lambda found: found[0])[1]
        share = math.log(1.0 / float(self.data.count))
        k = theta.mu.shape[0]
        log_pi = tf.where(tf.range(k) == empty, tf.cast(share, theta.mu.dtype), theta.log_pi)
        mu = tf.where(tf.range(k)[:, None] == empty, worst, theta.mu)
        scale = theta.scale
        if scale.shape[0] == k:
            like = tf.cast(tf.argmax(n), tf.int32)
            at = tf.reshape(tf.range(k) == empty, [-1] + [1] * (len(scale.shape) - 1))
            scale = tf.where(at, scale[like], scale)
        moved = mixture.normal_mixture(log_pi, mu, scale)
        return moved if self.objective(moved) > self.objective(theta) else None


def _within_reach(theta, variance_floor):
    """The start with no mean so far away, and no component so narrow or wide, that digits run out.

    Nor narrower than the floor, below which the likelihood of the start could not be kept.
    """
    least = max(variance_floor, em.MATRIX_FLOOR if covariance.is_matrix(theta.scale) else 0.0)
    far, narrow = 1e4, math.log(max(1e-8, min(1.0, least**0.5)))
    theta = theta._replace(mu=tf.clip_by_value(theta.mu, -far, far))
    if not covariance.is_matrix(theta.scale):
        return theta._replace(scale=tf.clip_by_value(theta.scale, narrow, -narrow))
    wide = tf.cast(theta.scale, tf.float64)
    diagonal = tf.clip_by_value(tf.linalg.diag_part(wide), narrow, -narrow)
    root = covariance.factor(tf.linalg.set_diag(wide, diagonal))
    sigmas, directions, _ = tf.linalg.svd(root)
    bounded = tf.clip_by_value(sigmas, math.exp(narrow), math.exp(-narrow))
    bounded = tf.maximum(bounded, 1e-6 * bounded[:, :1])
    if tf.reduce_all(bounded == tf.linalg.svd(covariance.factor(wide), compute_uv=False)):
        return theta
    half = directions * bounded[:, None]
    root = tf.linalg.cholesky(tf.matmul(half, half, transpose_b=True))
    return theta._replace(scale=tf.cast(covariance.from_factor(root), theta.mu.dtype))


def _loses_digits(theta):
    """Whether means are so many standard deviations from the origin that products are inexact."""
    whitened = covariance.whiten(theta.mu[..., None], theta.scale)
    # Squared, this many roundings are lost; a few digits beyond single precision remain.
    limit = np.finfo(theta.mu.dtype.as_numpy_dtype).eps ** -0.2
    return tf.logical_not(tf.reduce_max(tf.abs(whitened)) < limit)


def _all_statistics(parts, theta, beta=None, centred=True):
    """Statistics of all parts."""
    k, dim = theta.mu.shape
    shapes = em.statistics_shapes(k, dim, tuple(theta.scale.shape))
    total = em.Statistics(*(tf.zeros(shape, tf.float64) for shape in shapes))
    for x, weights in parts:
        for i in tf.range(x.shape[0]):
            w = None if weights is None else weights[i]
            more = em.e_step(x[i], theta, w, beta, centred)
            total = em.Statistics(*(a + b for a, b in zip(total, more, strict=True)))
    return total


@tf.function(jit_compile=True)
def _mean_log_likelihood(parts, count, theta):
    return _all_statistics(parts, theta).log_likelihood / count


def _worst(part, theta):
    """(lowest log-density, its observation [D]) of a part."""
    x = tf.transpose(part.x, [0, 1, 3, 2])
    x = tf.reshape(x, [-1, x.shape[-1]])
    log_px = mixture.log_likelihood(x, theta)[:, 0]
    at = tf.argmin(log_px)
    return float(log_px[at]), x[at]


@tf.function(jit_compile=True)
def _em_step(parts, count, log_unit, theta, floor, centred):
    statistics = _all_statistics(parts, theta, centred=centred)
    return statistics.log_likelihood / count - log_unit, em.update(statistics, theta, floor)


@tf.function(jit_compile=True)
def _em_loop(parts, count, log_unit, theta, floor, tol, limit, last, calm, centred):
    trace, steps = tf.TensorArray(tf.float64, STEPS), 0
    for i in tf.range(limit):
        now, theta = _em_step(parts, count, log_unit, theta, floor, centred)
        trace = trace.write(i, now)
        small = now - last < tol * tf.maximum(tf.abs(now), 1.0)
        calm = tf.where(small, calm + 1, 0)
        last, steps = now, i + 1
        if calm == PATIENCE:
            break
        if not centred and _loses_digits(theta):
            break
    return theta, trace.stack(), steps, last, calm


@tf.function(jit_compile=True)
def _annealing_loop(parts, count, log_unit, theta, floor, limit, betas, noise):
    trace = tf.TensorArray(tf.float64, STEPS)
    for i in tf.range(limit):
        statistics = _all_statistics(parts, theta, betas[i])
        theta = em.update(statistics, theta, floor)
        theta = theta._replace(mu=theta.mu + covariance.colour(noise[i], theta.scale))
        trace = trace.write(i, statistics.log_likelihood / count - log_unit)
    return theta, trace.stack()


@tf.function(jit_compile=True)
def _adam(parts, count, theta, m, v, done, learning_rate, limit, centred):
    decay1, decay2, epsilon = 0.9, 0.999, 1e-7
    trace = tf.TensorArray(tf.float64, STEPS)
    for i in tf.range(limit):
        now = mixture.normal_mixture(*theta)
        statistics = _all_statistics(parts, now, centred=centred)
        with tf.GradientTape() as tape:
            tape.watch(theta)
            gain = em.expected_log_joint(mixture.normal_mixture(*theta), statistics, now)
            nll = -gain / count
        gradient = tape.gradient(nll, theta)
        trace = trace.write(i, -statistics.log_likelihood / count)
        done += 1
        t = tf.cast(done, learning_rate.dtype)
        rate = learning_rate * tf.sqrt(1 - decay2**t) / (1 - decay1**t)
        m = _each(lambda m, g: decay1 * m + (1 - decay1) * g, m, gradient)
        v = _each(lambda v, g: decay2 * v + (1 - decay2) * g * g, v, gradient)
        move = _each(lambda m, v: m / (tf.sqrt(v) + epsilon), m, v)
        theta = mixture.Mixture(*(p - rate * d for p, d in zip(theta, move, strict=True)))
    return theta, m, v, done, trace.stack()


def _each(function, *mixtures):
    return mixture.Mixture(*(function(*values) for values in zip(*mixtures, strict=True)))
