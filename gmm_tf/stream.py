"""Fits of data that stay on disk, by Keras's own `fit`."""

import math

import keras
import numpy as np
import tensorflow as tf

from gmm_tf.convergence import converged
from gmm_tf.result import FitResult, degenerate

# Rows of a gradient step: enough that its noise is small beside that of the data.
MINIBATCH = 8192


def fit_em_stream(model, batches, count, observed, max_steps, tol, show=None):
    """`fit_em` from the weights of the model, with one pass over the batches for each step.

    Args:
        model: an `EMGMM`; starts at its weights and leaves the result in them.
        batches: function of nothing to an iterator over arrays [n, D] that together are all rows.
        count: number of batches.
        observed: `sampling.Observed` of all rows.
        max_steps, tol: as in `fit_em`.
        show: called with (steps done, log-likelihood) after each step.

    Returns:
        FitResult; `trace` is the mean log-likelihood before each step, that of the result is not taken.
    """
    watch = _UntilCalm(tol, max_steps, show)
    # Without their number Keras takes the end of the batches for a fault.
    data = _dataset(batches, model.dim, tf.float64).apply(tf.data.experimental.assert_cardinality(count))
    model.fit(data, epochs=max_steps, callbacks=[watch], verbose=0, observed=observed)
    stopped = converged(watch.trace, tol, max_steps)
    ended = "tol" if stopped else "max_steps"
    found = degenerate(model.mixture, model.observed_floor()[1], observed.count)
    return FitResult(np.array(watch.trace), len(watch.trace), ended, math.nan, stopped, *found)


def fit_gradient_stream(model, minibatches, observed, steps, learning_rate, show=None):
    """Adam on minibatches, with a learning rate that falls to zero along a cosine
    (Loshchilov & Hutter 2017, eq. 5), so that the noise of the batches dies down.

    Args:
        model: a `GMM`; starts at its weights and leaves the result in them.
        minibatches: function of nothing to an iterator over arrays [n, D], new ones at each call.
        observed: `sampling.Observed` of all rows.
        steps: number of Adam steps, >= 1.
        learning_rate: Adam's first step size, > 0.
        show: called with (steps done, negative log-likelihood) after each step.

    Returns:
        FitResult; `trace` is the mean negative log-likelihood of a step's batch before the step.
    """
    watch = _EachBatch(show)
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate))
    data = _dataset(minibatches, model.dim, model.variable_dtype).repeat()
    model.fit(
        data, steps_per_epoch=steps, shuffle=False, callbacks=[watch], verbose=0, observed=observed
    )  # fmt: skip
    found = degenerate(model.mixture, model.observed_floor()[1], observed.count)
    return FitResult(np.array(watch.trace), steps, "max_steps", math.nan, False, *found)


def _dataset(batches, dim, dtype):
    signature = tf.TensorSpec([None, dim], dtype)
    return tf.data.Dataset.from_generator(batches, output_signature=signature).prefetch(1)


class _UntilCalm(keras.callbacks.Callback):
    """Trace of an EMGMM in float64, and the end of its fit by the rule of `fit_em`."""

    def __init__(self, tol, max_steps, show):
        super().__init__()
        self.tol, self.max_steps, self.show, self.trace = tol, max_steps, show, []

    def on_epoch_end(self, epoch, logs=None):
        # The loss in the logs is float32, too coarse for tol.
        sums = self.model.statistics
        now = float(sums.log_likelihood / tf.reduce_sum(sums.n))
        self.trace.append(now)
        self.model.stop_training = converged(self.trace, self.tol, self.max_steps)
        if self.show is not None:
            self.show(len(self.trace), now)


class _EachBatch(keras.callbacks.Callback):
    """Loss of each batch by itself."""

    def __init__(self, show):
        super().__init__()
        self.show, self.trace = show, []

    def on_train_batch_end(self, batch, logs=None):
        self.trace.append(float(logs["loss"]))
        # Keras reports the mean since the last reset.
        self.model.reset_metrics()
        if self.show is not None:
            self.show(len(self.trace), self.trace[-1])
