"""Fits of data that stay on disk: EM by passes over them, and Adam by Keras's own `fit`."""

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import convergence, em, loops, mixture
from gmm_tf.models import EMGMM, GMM
from gmm_tf.names import StoppedBy
from gmm_tf.result import FitResult, climbed, degenerate, warn_if_degenerate
from gmm_tf.sampling import Observed

# Rows per gradient step: enough that its noise is small compared with that of the data.
MINIBATCH = 8192


# A new iterator over arrays [n, D] at each call; and what shows (steps done, the objective) after each step.
Batches: TypeAlias = Callable[[], Iterator[Any]]
Show: TypeAlias = Callable[[int, float], None]


def fit_em_stream(
    model: EMGMM, batches: Batches, observed: Observed, max_steps: int, tol: float, show: Show | None = None
) -> FitResult:
    """`fit_em` from the weights of the model, with one pass over the batches for each E-step.

    Args:
        model: an `EMGMM`; starts at its weights and leaves the result in them.
        batches: zero-argument callable; returns an iterator over arrays [n, D] that together cover the data.
        observed: `sampling.Observed` of all rows.
        max_steps, tol: as in `fit_em`.
        show: called with (steps done, log-likelihood before the last) after each step.

    Returns:
        FitResult; `trace` is the mean log-likelihood before each step.
    """
    data = _dataset(batches, model.dim, tf.float64)

    def e_step(theta: mixture.Mixture) -> tuple[float, em.Statistics]:
        each = (loops.batch_statistics(x, theta) for x in data)
        statistics = functools.reduce(em.added, each)
        return float(statistics.log_likelihood / tf.reduce_sum(statistics.n)), statistics

    start = mixture.cast(model.mixture, tf.float64)
    floor = em.least_variance(model.variance_floor, observed.variance, start.scale.shape)
    rule = convergence.rule(tol, max_steps)
    theta, values, converged = loops.em_by_passes(e_step, start, floor, rule, show)
    model.assign(mixture.cast(theta, model.variable_dtype))
    found = degenerate(theta, floor, observed.size)
    warn_if_degenerate(found, model.variance_floor)
    return climbed(values, converged, *found)


def fit_gradient_stream(
    model: GMM,
    minibatches: Batches,
    observed: Observed,
    steps: int,
    learning_rate: float,
    show: Show | None = None,
) -> FitResult:
    """Adam on minibatches, with a learning rate that falls to zero along a cosine.

    So the noise of the batches is averaged out at the end (Loshchilov & Hutter 2017, eq. 5).

    Args:
        model: a `GMM`; starts at its weights and leaves the result in them.
        minibatches: zero-argument callable; returns an iterator over arrays [n, D], new ones at each call.
        observed: `sampling.Observed` of all rows.
        steps: number of Adam steps, >= 1.
        learning_rate: Adam's first step size, > 0.
        show: called with (steps done, negative log-likelihood) after each step.

    Returns:
        FitResult; `trace` is the mean negative log-likelihood of a step's batch before the step.

    Raises:
        ValueError: a learning rate at which the fit diverges.
    """
    watch = _EachBatch(show)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate))
    data = _dataset(minibatches, model.dim, model.variable_dtype).repeat()
    model.fit(data, steps_per_epoch=steps, shuffle=False, callbacks=[watch], verbose=0, observed=observed)
    if not all(np.isfinite(value).all() for value in (*model.mixture, watch.trace)):
        raise ValueError(
            f"Expected finite parameters, got NaN or infinite ones at learning_rate = {learning_rate}; "
            f"try {learning_rate / 10:g}."
        )
    found = degenerate(model.mixture, model.observed_floor()[1], observed.size)
    return FitResult(np.array(watch.trace), steps, StoppedBy.MAX_STEPS, math.nan, False, *found)


def _dataset(batches: Batches, dim: int, dtype: Any) -> tf.data.Dataset:
    signature = tf.TensorSpec([None, dim], dtype)
    return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(1)


class _EachBatch(keras.callbacks.Callback):
    """Loss of each batch separately."""

    def __init__(self, show: Show | None) -> None:
        super().__init__()
        self.show, self.trace = show, list[float]()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.trace.append(float((logs or {})["loss"]))
        # Keras reports the mean since the last reset.
        self.model.reset_metrics()
        if self.show is not None:
            self.show(len(self.trace), self.trace[-1])
