"""A mixture fitted to a `Table`, in memory or streamed from disk, from several starts."""

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gmm_tf import covariance as covariances
from gmm_tf import em, mixture, starts
from gmm_tf.blocks import WORKING_SET
from gmm_tf.cli.table import Table
from gmm_tf.defaults import VARIANCE_FLOOR
from gmm_tf.fit import fit_em, fit_gradient
from gmm_tf.loops import compiled
from gmm_tf.mixture import Mixture
from gmm_tf.models import MixtureModel
from gmm_tf.names import Kind, Method, Start
from gmm_tf.parameters import CLASSES
from gmm_tf.result import DegenerateFitWarning, FitResult
from gmm_tf.sampling import Observed, Rows
from gmm_tf.shapes import Bool, Float, Tensor
from gmm_tf.stream import MINIBATCH, fit_em_stream, fit_gradient_stream


class Diverged(ValueError):
    """A gradient fit diverged to values that are not finite."""


class Fitted(NamedTuple):
    """The best of all starts, in the units of the table; the heaviest component comes first."""

    weights: Float[np.ndarray, "K"]
    means: Float[np.ndarray, "K D"]
    covariances: Float[np.ndarray, "K D D"]
    result: FitResult
    objective: str  # what the trace is, before each step
    mean_log_likelihood: float  # of these parameters
    free_parameters: int
    collapsed: Bool[np.ndarray, "K"]  # whether some variance is the least that is allowed
    empty: Bool[np.ndarray, "K"]  # whether it has less than half an observation
    too_far: str | None  # the value for which float64 was needed; None for none


class Sought(NamedTuple):
    """The kind of mixture that is fitted."""

    k: int
    covariance: Kind
    variance_floor: float
    dtype: str  # at least; a value far out needs float64

    def model(self, method: Method, dim: int, seed: int) -> MixtureModel:
        """A new model of it."""
        kind = CLASSES[method]
        return kind(self.k, dim, self.covariance, seed, self.variance_floor, dtype=self.dtype)


class Climb(NamedTuple):
    """How the likelihood is maximised; as in `fit_em` and `fit_gradient`."""

    method: Method
    max_steps: int
    tol: float
    anneal: int | None  # only in memory
    learning_rate: float


class Starts(NamedTuple):
    """Where fits start; the best of them is kept."""

    name: Start  # not WEIGHTS
    number: int
    seed: int


def fit_table(
    data: Table, sought: Sought, climb: Climb, begin: Starts, in_memory: bool, verbose: int
) -> Fitted:
    """Maximise the likelihood of a mixture, given a table.

    Columns are standardised during the fit by their median and robust spread (one spread for "spherical"),
    so that single precision and one learning rate work for any units. Of several starts, the one with the
    highest likelihood is kept; one with a degenerate component only if all have one.

    Args:
        in_memory: whether to load all numbers; otherwise each EM step is a pass over the file, and each
            gradient step takes MINIBATCH rows.
        verbose: 1 shows progress bars.

    Raises:
        Diverged: a learning rate that is too large.
    """
    rng = np.random.default_rng(begin.seed)
    glance = data.sample(starts.GLANCE, rng)
    scaled = _Scaled(data, glance, sought, in_memory)
    glance = scaled.standardised(glance)
    if scaled.too_far:
        sought = sought._replace(dtype="float64")
    run = _Run(scaled, Observed(data.rows, em.spread(glance) ** 2), climb, rng, verbose)
    fits = []
    for index in range(begin.number):
        model = sought.model(climb.method, len(data.names), begin.seed + index)
        model.assign(starts.start(model, Rows(glance), begin.name, rng))
        if verbose and begin.number > 1:
            print(f"start {index + 1} of {begin.number}", flush=True)
        with warnings.catch_warnings():
            # The command reports it, of the start that is kept.
            warnings.simplefilter("ignore", DegenerateFitWarning)
            result = _climbed(model, run) if climb.method is Method.EM else _descended(model, run)
        # Weights of single precision sum to one within 1e-7.
        theta = mixture.normal_mixture(*mixture.cast(model.mixture, tf.float64))
        is_sound = not (result.collapsed or result.empty)
        fits.append((is_sound, scaled.mean_log_likelihood(theta), theta, result))
        if verbose:
            print()
    _, score, theta, result = max(fits, key=lambda fit: fit[:2])
    return _fitted(run, theta, result, score)


class _Run(NamedTuple):
    """What all starts share."""

    scaled: "_Scaled"
    observed: Observed
    climb: Climb
    rng: np.random.Generator
    verbose: int


def _fitted(run: _Run, theta: Mixture, result: FitResult, score: float) -> Fitted:
    """The Fitted of a mixture of standardised rows whose mean log-likelihood is `score`."""
    scaled, data, is_em = run.scaled, run.scaled.data, run.climb.method is Method.EM
    result = result._replace(trace=result.trace - (1 if is_em else -1) * scaled.log_unit)
    objective = "mean log-likelihood" if is_em else "mean negative log-likelihood"
    if not is_em and scaled.x is None:
        objective += f" of {min(MINIBATCH, data.rows)} random rows"
    k, dim = theta.mu.shape
    free = k - 1 + k * dim + covariances.free_parameters(theta.scale.shape)
    theta = mixture.moved(theta, scaled.origin, scaled.unit)
    weights = np.exp(theta.log_pi)
    order = np.argsort(-weights, kind="stable")
    return Fitted(
        weights[order],
        theta.mu.numpy()[order],
        mixture.covariances(theta).numpy()[order],
        result,
        objective,
        score - scaled.log_unit,
        free,
        np.isin(order, result.collapsed),
        np.isin(order, result.empty),
        scaled.too_far,
    )


def _climbed(model: MixtureModel, run: _Run) -> FitResult:
    scaled, how = run.scaled, run.climb
    if scaled.x is not None:
        return fit_em(model, scaled.x, how.max_steps, how.tol, anneal=how.anneal, verbose=run.verbose)
    show = _bar(run.verbose, how.max_steps, "log_likelihood")
    return fit_em_stream(model, scaled.batches, run.observed, how.max_steps, how.tol, show)


def _descended(model: MixtureModel, run: _Run) -> FitResult:
    scaled, how = run.scaled, run.climb
    try:
        if scaled.x is not None:
            return fit_gradient(model, scaled.x, how.max_steps, how.learning_rate, run.verbose)
        show = _bar(run.verbose, how.max_steps, "nll")
        batches = partial(scaled.minibatches, run.rng)
        return fit_gradient_stream(model, batches, run.observed, how.max_steps, how.learning_rate, show)
    except ValueError as error:
        raise Diverged(str(error)) from error


def _bar(verbose: int, steps: int, name: str) -> Callable[[int, float], None] | None:
    if not verbose:
        return None
    bar = keras.utils.Progbar(steps, unit_name="step")
    return lambda done, value: bar.update(done, values=[(name, value)], finalize=False)


class _Scaled:
    """A table's rows (x - origin) / unit, all of them in memory or batch by batch."""

    def __init__(
        self, data: Table, glance: Float[np.ndarray, "M D"], sought: Sought, in_memory: bool
    ) -> None:
        self.data, self.origin = data, np.median(glance, axis=0)
        spread = em.spread(glance)
        # A column may vary so rarely that the glance has only one value.
        spread = np.where(spread > 0, spread, data.std)
        common = np.full_like(spread, np.mean(spread**2) ** 0.5)
        self.unit = common if sought.covariance is Kind.SPHERICAL else spread
        self.log_unit = np.log(self.unit).sum()
        self.too_far = self._too_far()
        # Each component needs D numbers per row.
        self.size = max(256, WORKING_SET // (sought.k * len(data.names)))
        self.x = self.standardised(data.rows_from(0, data.rows)) if in_memory else None

    def _too_far(self) -> str | None:
        """What float32 would round by more than the least standard deviation; None for nothing."""
        reach = np.maximum(self.data.high - self.origin, self.origin - self.data.low) / self.unit
        worst = int(np.argmax(reach))
        if reach[worst] * np.finfo(np.float32).eps < VARIANCE_FLOOR**0.5:
            return None
        return f"a value of {self.data.names[worst]} is {reach[worst]:.2g} spreads from the median"

    def standardised(self, x: np.ndarray) -> np.ndarray:
        x -= self.origin
        x /= self.unit
        return x

    def batches(self) -> Iterator[np.ndarray]:
        if self.x is None:
            return map(self.standardised, self.data.chunks(self.size))
        return (self.x[start : start + self.size] for start in range(0, len(self.x), self.size))

    def minibatches(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        return map(self.standardised, self.data.minibatches(MINIBATCH, rng))

    def mean_log_likelihood(self, theta: Mixture) -> float:
        """Mean of log p(x) over all standardised rows, float64."""
        total = sum(float(_log_likelihood(tf.constant(x), theta)) for x in self.batches())
        return total / self.data.rows


@compiled
def _log_likelihood(x: Tensor, theta: Mixture) -> Tensor:
    return tf.reduce_sum(mixture.log_likelihood(x, theta))
