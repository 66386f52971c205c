"""Bootstrap intervals for the parameters of a fitted mixture."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import convergence, inputs, mixture, patterns, priors, starts
from gmm_tf.defaults import TOL
from gmm_tf.fit import checked, packed
from gmm_tf.inputs import check_count
from gmm_tf.mixture import Mixture
from gmm_tf.models import MixtureModel
from gmm_tf.progress import Bar
from gmm_tf.sampling import Rows
from gmm_tf.search import Search, subject
from gmm_tf.shapes import Float, Observations


class Interval(NamedTuple):
    """Bootstrap results for one parameter; arrays of its shape."""

    estimate: np.ndarray  # of the fit
    lower: np.ndarray
    upper: np.ndarray
    standard_error: np.ndarray


class Bootstrap(NamedTuple):
    """Intervals of all parameters; components are numbered as in the fit."""

    level: float
    mixing_weights: Interval  # [K]
    means: Interval  # [K, D]
    covariances: Interval  # [K, D, D]
    replicates: tuple[np.ndarray, ...]  # mixing weights [n, K], means [n, K, D], covariances [n, K, D, D]

    def __repr__(self) -> str:
        lines = [f"Bootstrap: intervals of {self.level:.0%} from {len(self.replicates[0])} resamples"]
        for k in range(len(self.mixing_weights.estimate)):
            means = ", ".join(map(_line, *(value[k] for value in self.means[:3])))
            weight = _line(*(value[k] for value in self.mixing_weights[:3]))
            lines.append(f"component {k}: weight {weight}; mean {means}")
        return "\n".join(lines)


def _line(estimate: float, lower: float, upper: float) -> str:
    return f"{estimate:.4g} ({lower:.4g} to {upper:.4g})"


def bootstrap(model: MixtureModel, x: Observations, n: int = 999, level: float = 0.95,
              seed: int | None = None, max_steps: int = 1000, tol: float = TOL, missing: bool = False,
              prior: str | priors.Prior | None = None) -> Bootstrap:  # fmt: skip
    """Percentile intervals of a model's parameters (Efron & Tibshirani 1993, section 13.3).

    Each of n resamples of the rows is fitted by EM from the model's weights; the model does not change. The
    components are matched with the model's by the observations that they share.

    Args:
        model: a fitted `EMGMM` or `GMM`.
        x: [N, D], what it was fitted to.
        n: number of resamples, >= 2.
        level: of the intervals, between 0 and 1.
        seed: integer for the same resamples each time; if None, the model's own generator draws them.
        max_steps, tol, missing: as in `fit_em`.
        prior: as in `fit_em`: what the model was fitted with. "default" is that of x for all resamples.

    Returns:
        Bootstrap.

    Raises:
        ValueError: as `fit_em`; a model that was never fitted; an argument out of its range.
    """
    check_count("n", n, 2)
    if not 0 < level < 1:
        raise ValueError(f"Expected level between 0 and 1, got {level}; try 0.95.")
    x = checked(model, x, missing=missing).x
    if model.is_untrained:
        raise ValueError("Expected a fitted model, got one with its initial weights; fit it to x first.")
    seed = inputs.check_seed(seed)
    rng = starts.generator(model) if seed is None else np.random.default_rng(seed)
    fit, rule = mixture.cast(model.mixture, tf.float64), convergence.rule(tol, max_steps)
    posterior, prior = _posterior(x, fit), priors.chosen(prior, model, x)
    found = []
    for _ in range(n):
        counts = rng.multinomial(len(x), np.full(len(x), 1 / len(x)))
        theta = _refitted(model, Rows(x, counts.astype(np.float64)), rule, rng, prior)
        order = matching(posterior.T @ _posterior(x, theta))
        found.append([value[order] for value in _parameters(theta)])
    replicates = tuple(map(np.stack, zip(*found, strict=True)))
    pairs = zip(_parameters(fit), replicates, strict=True)
    weights, means, covariances = (_interval(*pair, level) for pair in pairs)
    return Bootstrap(level, weights, means, covariances, replicates)


def _refitted(
    model: MixtureModel,
    rows: Rows,
    rule: convergence.Rule,
    rng: np.random.Generator,
    prior: priors.Prior | None,
) -> Mixture:
    """The mixture, float64, that EM finds from the model's weights."""
    data = packed(model, rows, model.k)
    bar = Bar(0, rule.max_steps, rows.x.size * model.k)
    search = Search(subject(model, data, prior=prior), rule, rng, bar)
    start = mixture.cast(model.mixture, data.parts[0].x.dtype)
    return mixture.cast(data.outside(search.run(data.inside(start)).theta), tf.float64)


def _posterior(x: Float[np.ndarray, "N D"], theta: Mixture) -> Float[np.ndarray, "N K"]:
    return tf.nn.softmax(patterns.log_joint(x, theta)).numpy()


def _parameters(theta: Mixture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(mixing weights, means, covariances), arrays."""
    return np.exp(theta.log_pi), theta.mu.numpy(), mixture.covariances(theta).numpy()


def _interval(estimate: np.ndarray, values: np.ndarray, level: float) -> Interval:
    lower, upper = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return Interval(estimate, lower, upper, values.std(axis=0, ddof=1))


def matching(shared: Float[np.ndarray, "K K"]) -> np.ndarray:
    """The column that each row is matched with, [K], greedily by what they share.

    Args:
        shared: [K, K], how much row and column share, >= 0.
    """
    shared, order = shared.copy(), np.zeros(len(shared), int)
    for _ in range(len(shared)):
        row, column = np.unravel_index(np.argmax(shared), shared.shape)
        order[row] = column
        shared[row], shared[:, column] = -1, -1
    return order
