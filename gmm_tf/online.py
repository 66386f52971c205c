"""Online expectation-maximisation: one or two passes over data, in batches."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import em, inputs, mixture, sampling, starts
from gmm_tf.loops import compiled
from gmm_tf.mixture import Mixture
from gmm_tf.models import MixtureModel
from gmm_tf.names import StoppedBy
from gmm_tf.result import FitResult, degenerate, warn
from gmm_tf.sampling import Rows
from gmm_tf.shapes import Float, Tensor


def fit_online(model: MixtureModel, x: Any, passes: int = 1, batch_size: int = 1000, decay: float = 0.6,
               start: str | None = None) -> FitResult:  # fmt: skip
    """EM in which running averages replace the sums over all data (Cappé & Moulines 2009).

    After batch t the statistics become (1 - g) statistics + g statistics of the batch, with g = t^-decay,
    followed by an M-step. The result is an M-step from the average of these statistics, in which later ones
    have larger weights (polynomial-decay averaging, Shamir & Zhang 2013).

    Args:
        model: an `EMGMM` or `GMM`; its weights become the result.
        x: [N, D], visited in random order; or a `tf.data.Dataset` or generator of batches [n, D], in its
            own order: shuffle it.
        passes: number of passes over x, >= 1.
        batch_size: observations per batch, >= 1; a `tf.data.Dataset` has its own.
        decay: from 0.5 to 1; smaller values forget sooner.
        start: as in `fit_em`, from the first batches, up to 20,000 rows.

    Returns:
        FitResult; `trace` is the mean log-likelihood of each batch before its step, and `log_likelihood`
        that of the rows of the start.

    Raises:
        ValueError: wrong shape; NaN or infinite data; an argument out of its range; fewer rows than
            components.

    Warns:
        DegenerateFitWarning: a component is collapsed or empty.
    """
    _check_ranges(x, passes, batch_size, decay)
    start = starts.chosen(model, start)
    rng = starts.generator(model)
    batches = _batches(model, x, passes, batch_size, rng)
    first = list(_first(batches, starts.GLANCE))
    if not first:
        raise ValueError("Expected at least one batch, got none; a generator can be read only once.")
    rows = np.concatenate(first)
    starts.check_enough(len(rows), model.k)
    theta = mixture.cast(starts.start(model, Rows(rows), start, rng), tf.float64)
    floor = em.least_variance(model.variance_floor, em.spread(rows) ** 2, model.scale.shape)
    theta, trace, seen = _climbed(theta, itertools.chain(first, batches), floor, decay)
    model.assign(mixture.cast(theta, model.variable_dtype))
    found = degenerate(theta, floor, seen / passes)
    warn(model.mixture, found, model.variance_floor)
    last = float(tf.reduce_mean(mixture.log_likelihood(tf.constant(rows), theta)))
    return FitResult(np.array(trace), len(trace), StoppedBy.MAX_STEPS, last, False, *found)


def _check_ranges(x: Any, passes: int, batch_size: int, decay: float) -> None:
    if hasattr(x, "__next__") and passes != 1:
        raise ValueError(f"Expected passes = 1 for a generator, got {passes}; pass a tf.data.Dataset.")
    inputs.check_count("passes", passes)
    inputs.check_count("batch_size", batch_size)
    if not 0.5 <= inputs.number("decay", decay) <= 1.0:
        raise ValueError(f"Expected decay from 0.5 to 1, got {decay}; change it.")


def _climbed(
    theta: Mixture, batches: Iterator[Float[Tensor, "N D"]], floor: Float[Tensor, "D"], decay: float
) -> tuple[Mixture, list[float], int]:
    """(mixture after the batches, log-likelihood of each before its step, number of rows)."""
    shapes = em.statistics_shapes(theta.mu.shape[0], theta.mu.shape[1], tuple(theta.scale.shape))
    zero = em.Statistics(*(tf.zeros(shape, tf.float64) for shape in shapes))
    state, trace, seen, origin = _State(theta, zero, zero), list[float](), 0, None
    for batch in batches:
        origin = tf.reduce_mean(batch, axis=0) if origin is None else origin
        t = len(trace) + 1.0
        rates = tf.constant([t**-decay, 4 / (t + 3)], tf.float64)
        state, value = _step(state, batch, rates, origin, floor)
        trace.append(float(value))
        seen += len(batch)
    return _maximum(state.average, state.theta, origin, floor), trace, seen


def _first(batches: Iterator[Float[Tensor, "N D"]], rows: int) -> Iterator[Float[Tensor, "N D"]]:
    """The first batches, until they have at least `rows` rows together."""
    while rows > 0 and (batch := next(batches, None)) is not None:
        rows -= len(batch)
        yield batch


def _batches(
    model: MixtureModel, x: Any, passes: int, batch_size: int, rng: np.random.Generator
) -> Iterator[Float[Tensor, "N D"]]:
    """float64 batches [n, D]."""
    for _ in range(passes):
        if inputs.is_stream(x):
            batches = x if hasattr(x, "__next__") else itertools.starmap(_alone, sampling.batches_of(x)[0])
        else:
            x = model.check_data(x).numpy()
            order = rng.permutation(len(x))
            # Each batch size is compiled once, so the remainder of a pass joins its last batch.
            count = max(1, len(x) // batch_size)
            ends = np.arange(1, count) * batch_size
            batches = (x[rows] for rows in np.split(order, ends))
        for batch in batches:
            yield tf.cast(model.check_data(batch), tf.float64)


def _alone(batch: Any, weights: Any) -> Any:
    if weights is not None:
        raise ValueError(
            "Expected batches without sample weights, got some; fit_online counts each row once."
        )
    return batch


class _State(NamedTuple):
    """Mixture and statistics after a batch; about the origin and for one observation, to be averaged."""

    theta: mixture.Mixture
    running: em.Statistics
    average: em.Statistics  # of the running ones


@compiled
def _step(
    state: _State,
    batch: Float[Tensor, "N D"],
    rates: Float[Tensor, "2"],
    origin: Float[Tensor, "D"],
    floor: Float[Tensor, "D"],
) -> tuple[_State, Float[Tensor, ""]]:
    """(state after a batch, mean log-likelihood of the batch before)."""
    theta, running, average = state
    size = tf.cast(tf.shape(batch)[0], tf.float64)
    found = em.e_step(mixture.to_blocks(batch), theta)
    tied = mixture.is_tied(theta)
    now = em.Statistics(*(value / size for value in em.shifted(found, origin - theta.mu, tied)))
    running = _toward(running, now, rates[0])
    average = _toward(average, running, rates[1])
    theta = _maximum(running, theta, origin, floor)
    return _State(theta, running, average), now.log_likelihood


def _toward(old: em.Statistics, new: em.Statistics, rate: Float[Tensor, ""]) -> em.Statistics:
    return em.Statistics(*(a + rate * (b - a) for a, b in zip(old, new, strict=True)))


def _maximum(
    statistics: em.Statistics, theta: Mixture, origin: Float[Tensor, "D"], floor: Float[Tensor, "D"]
) -> Mixture:
    about_means = em.shifted(statistics, theta.mu - origin, mixture.is_tied(theta))
    return em.update(about_means, theta, floor)
