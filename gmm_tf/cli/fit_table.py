"""A mixture fitted to a `Table`, in memory or streamed from disk, from several starts."""

from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import covariance as covariances
from gmm_tf import em, mixture, starts
from gmm_tf.blocks import WORKING_SET
from gmm_tf.fit import fit_em, fit_gradient
from gmm_tf.models import EMGMM, GMM
from gmm_tf.result import FitResult
from gmm_tf.sampling import Observed
from gmm_tf.stream import MINIBATCH, fit_em_stream, fit_gradient_stream


class Diverged(ValueError):
    """A gradient fit diverged to values that are not finite."""


class Fitted(NamedTuple):
    """The best of all starts, in the units of the table; the heaviest component comes first."""

    weights: np.ndarray  # [K]
    means: np.ndarray  # [K, D]
    covariances: np.ndarray  # [K, D, D]
    result: FitResult
    objective: str  # what the trace is, before each step
    mean_log_likelihood: float  # of these parameters
    free_parameters: int
    collapsed: np.ndarray  # [K], whether some variance is the least that is allowed
    empty: np.ndarray  # [K], whether it has less than half an observation


def fit_table(data, k, covariance, method, *, start, restarts, anneal, max_steps, tol, learning_rate,
              variance_floor, seed, dtype, in_memory, verbose):  # fmt: skip
    """Maximise the likelihood of a mixture of k components, given a table.

    Columns are standardised during the fit (by one unit for "spherical"), so that single precision
    and one learning rate work for any units. Of several starts, the one with the highest likelihood is kept;
    one with a degenerate component only if all have one.

    Args:
        method: "em" or "mle".
        start: "k-means++" or "random".
        anneal: number of annealed EM steps, None for none; only in memory.
        in_memory: whether to load all numbers; otherwise each EM step is a pass over the file, and each
            gradient step takes MINIBATCH rows.
        max_steps, tol, learning_rate, restarts, verbose: as for `fit_em` and `fit_gradient`.

    Raises:
        Diverged: a learning rate that is too large.
    """
    rng = np.random.default_rng(seed)
    scaled = _Scaled(data, covariance, k, in_memory)
    glance = scaled.standardised(data.sample(starts.GLANCE, rng))
    observed = Observed(data.rows, em.spread(glance) ** 2)
    kind = EMGMM if method == "em" else GMM
    fits = []
    for index in range(restarts):
        model = kind(k, len(data.names), covariance, seed=seed + index, dtype=dtype,
                     variance_floor=variance_floor)  # fmt: skip
        model.assign(mixture.cast(starts.BY_NAME[start](glance, k, covariance, rng), dtype))
        if verbose and restarts > 1:
            print(f"start {index + 1} of {restarts}", flush=True)
        if method == "em":
            result = _climb(model, scaled, observed, max_steps, tol, anneal, verbose)
        else:
            result = _descend(model, scaled, observed, max_steps, learning_rate, rng, verbose)
        # Weights of single precision sum to one within 1e-7.
        theta = mixture.normal_mixture(*mixture.cast(model.mixture, tf.float64))
        is_sound = not (result.collapsed or result.empty)
        fits.append((is_sound, scaled.mean_log_likelihood(theta), theta, result))
        if verbose:
            print()
    _, score, theta, result = max(fits, key=lambda fit: fit[:2])
    sign = 1 if method == "em" else -1
    result = result._replace(trace=result.trace - sign * scaled.log_unit)
    objective = "mean log-likelihood" if method == "em" else "mean negative log-likelihood"
    if method == "mle" and not in_memory:
        objective += f" of {min(MINIBATCH, data.rows)} random rows"
    free = k - 1 + k * len(data.names) + covariances.free_parameters(theta.scale.shape)
    theta = mixture.moved(theta, data.mean, scaled.unit)
    weights = np.exp(theta.log_pi)
    order = np.argsort(-weights, kind="stable")
    return Fitted(
        weights[order], theta.mu.numpy()[order], mixture.covariances(theta).numpy()[order],
        result, objective, score - scaled.log_unit, free,
        np.isin(order, result.collapsed), np.isin(order, result.empty),
    )  # fmt: skip


def _climb(model, scaled, observed, max_steps, tol, anneal, verbose):
    if scaled.x is not None:
        return fit_em(model, scaled.x, max_steps, tol, anneal=anneal, verbose=verbose)
    show = _bar(verbose, max_steps, "log_likelihood")
    return fit_em_stream(model, scaled.batches, observed, max_steps, tol, show)


def _descend(model, scaled, observed, steps, learning_rate, rng, verbose):
    try:
        if scaled.x is not None:
            return fit_gradient(model, scaled.x, steps, learning_rate, verbose)
        show = _bar(verbose, steps, "nll")
        batches = partial(scaled.minibatches, rng)
        return fit_gradient_stream(model, batches, observed, steps, learning_rate, show)
    except ValueError as error:
        raise Diverged(str(error)) from error


def _bar(verbose, steps, name):
    if not verbose:
        return None
    bar = keras.utils.Progbar(steps, unit_name="step")
    return lambda done, value: bar.update(done, values=[(name, value)], finalize=False)


class _Scaled:
    """A table's rows (x - mean) / unit, all of them in memory or batch by batch."""

    def __init__(self, data, covariance, k, in_memory):
        self.data = data
        common = np.full_like(data.std, np.mean(data.std**2) ** 0.5)
        self.unit = common if covariance == "spherical" else data.std
        self.log_unit = np.log(self.unit).sum()
        # Each component needs D numbers per row.
        self.size = max(256, WORKING_SET // (k * len(data.names)))
        self.x = self.standardised(data.rows_from(0, data.rows)) if in_memory else None

    def standardised(self, x):
        x -= self.data.mean
        x /= self.unit
        return x

    def batches(self):
        if self.x is None:
            return map(self.standardised, self.data.chunks(self.size))
        return (self.x[start : start + self.size] for start in range(0, len(self.x), self.size))

    def minibatches(self, rng):
        return map(self.standardised, self.data.minibatches(MINIBATCH, rng))

    def mean_log_likelihood(self, theta):
        """Mean of log p(x) over all standardised rows, float64."""
        total = sum(float(_log_likelihood(tf.constant(x), theta)) for x in self.batches())
        return total / self.data.rows


@tf.function(jit_compile=True)
def _log_likelihood(x, theta):
    return tf.reduce_sum(mixture.log_likelihood(x, theta))
