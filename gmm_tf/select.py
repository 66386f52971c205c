"""Model selection by information criteria over numbers of components and kinds of covariance."""

import math
import warnings
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from gmm_tf import inputs
from gmm_tf.covariance import KINDS, check_kind
from gmm_tf.defaults import VARIANCE_FLOOR
from gmm_tf.fit import fit_em
from gmm_tf.models import EMGMM
from gmm_tf.names import Criterion, Kind
from gmm_tf.result import DegenerateFitWarning, FitResult
from gmm_tf.shapes import Float, Int, Observations


class Selection(NamedTuple):
    """Fitted models, their criteria, and the best one; prints as a table."""

    components: Int[np.ndarray, "M"]
    log_likelihood: Float[np.ndarray, "M"]  # mean
    aic: Float[np.ndarray, "M"]  # lower is better (Akaike 1974)
    bic: Float[np.ndarray, "M"]  # lower is better (Schwarz 1978)
    models: tuple[EMGMM, ...]
    covariance: tuple[Kind, ...]
    icl: Float[np.ndarray, "M"]  # lower is better (Biernacki, Celeux & Govaert 2000)
    results: tuple[FitResult, ...]
    criterion: Criterion

    @property
    def best_index(self) -> int:
        """The row with the lowest criterion; rows with a degenerate component only if all have one."""
        unsound = [bool(result.collapsed or result.empty) for result in self.results]
        return int(np.lexsort((getattr(self, self.criterion), unsound))[0])

    @property
    def best(self) -> EMGMM:
        """The model of the best row."""
        return self.models[self.best_index]

    def __repr__(self) -> str:
        head = f"{'covariance':12}{'components':>10}{'log-likelihood':>16}" + "".join(
            f"{name:>12}" for name in ("AIC", "BIC", "ICL")
        )
        lines = [f"  {head}", *map(self._line, range(len(self.models)))]
        return "\n".join(lines)

    def _line(self, i: int) -> str:
        values = self.log_likelihood[i], self.aic[i], self.bic[i], self.icl[i]
        numbers = "{:16.4f}{:12.3f}{:12.3f}{:12.3f}".format(*values)
        bad = [name for name in ("collapsed", "empty") if getattr(self.results[i], name)]
        notes = [f"best {self.criterion.upper()}"] * (i == self.best_index) + bad
        mark = "*" if i == self.best_index else " "
        line = f"{mark} {self.covariance[i]:12}{self.components[i]:>10}{numbers}  {', '.join(notes)}"
        return line.rstrip()


def select_components(x: Observations, components: Iterable[int] = range(1, 11),
                      covariance: str | Iterable[str] = "diag", restarts: int = 2, seed: int | None = None,
                      variance_floor: float = VARIANCE_FLOOR, criterion: str = "bic",
                      **options: Any) -> Selection:  # fmt: skip
    """Fit mixtures with each number of components and kind of covariance, and compare them.

    Each kind is compiled once, for the largest number of components.
    `plots.information_criteria(ax, chosen.components, chosen.bic, chosen.aic)` draws the result of one kind.

    Args:
        x: [N, D].
        components: numbers of components, each >= 1.
        covariance: "full", "tied", "diag" or "spherical", several of them, or "all".
        restarts: starts from the data for each model; the best is kept.
        seed: integer for the same starts each time.
        variance_floor: as in `EMGMM`. A model with a component at the floor is chosen only if all have one.
        criterion: for the best model: "bic", or "icl", which prefers well-separated components.
        **options: for `fit_em`, such as `start`, `max_steps`, `tol`, `sample_weight` and `missing`.

    Returns:
        Selection. Lower criteria are better; mclust's have the opposite sign.

    Raises:
        ValueError: as `EMGMM` and `fit_em`; no number of components or kind; another criterion.
    """
    if criterion not in list(Criterion):
        raise ValueError(f"Expected criterion one of {', '.join(Criterion)}, got {criterion!r}.")
    components = _numbers(components)
    kinds = _kinds(covariance)
    missing = options.get("missing", False)
    x = np.asarray(inputs.observations(x, missing=missing))
    # float32 weights would round the differences that a criterion compares.
    own = {"seed": seed, "variance_floor": variance_floor, "dtype": "float64"}
    models = tuple(EMGMM(k, x.shape[1], kind, **own) for kind in kinds for k in components)
    options = {"start": "data", "restarts": restarts, "width": max(components), **options}
    with warnings.catch_warnings():
        # The table marks degenerate models.
        warnings.simplefilter("ignore", DegenerateFitWarning)
        results = tuple(fit_em(model, x, **options) for model in models)
    counts = _counts(x, options.get("sample_weight"))
    values = np.array([_criteria(model, x, counts, missing) for model in models])
    return _selection(models, results, values, Criterion(criterion))


def _numbers(components: Iterable[int]) -> list[int]:
    """The numbers of components, checked."""
    if not isinstance(components, Iterable):
        raise ValueError(f"Expected several numbers of components, got {components!r}; pass [{components}].")
    numbers = [inputs.positive_integer("components", k) for k in components]
    if not numbers:
        raise ValueError("Expected numbers of components, got none; try range(1, 11).")
    return numbers


def _selection(
    models: tuple[EMGMM, ...], results: tuple[FitResult, ...], values: Float[np.ndarray, "M 4"], by: Criterion
) -> Selection:
    """The Selection of models with these `_criteria`."""
    mean, aic, bic, icl = values.T
    sizes, kinds = np.array([model.k for model in models]), tuple(model.covariance for model in models)
    return Selection(sizes, mean, aic, bic, models, kinds, icl, results, by)


def _kinds(covariance: str | Iterable[str]) -> tuple[Kind, ...]:
    """The kinds of covariance, a tuple."""
    if isinstance(covariance, str):
        return KINDS if covariance == "all" else (check_kind(covariance),)
    kinds = tuple(map(check_kind, covariance))
    if not kinds:
        raise ValueError(f"Expected kinds of covariance, got none; try 'all', or some of {KINDS}.")
    return kinds


def _counts(x: np.ndarray, sample_weight: Any) -> np.ndarray:
    """How often each row counts, [N]; 0 for rows without any value."""
    counts = np.ones(len(x)) if sample_weight is None else np.asarray(sample_weight, float).reshape(-1)
    return counts * ~np.isnan(x).all(axis=1)


def _criteria(
    model: EMGMM, x: np.ndarray, counts: np.ndarray, missing: bool
) -> tuple[float, float, float, float]:
    """(mean log-likelihood, AIC, BIC, ICL) of a fitted model."""
    n, log_prob = counts.sum(), model.log_prob(x, missing).numpy()
    deviance, free = -2 * counts @ log_prob, model.free_parameters
    bic = deviance + math.log(n) * free
    likeliest = model.posterior(x, missing).numpy().max(axis=1)
    return -0.5 * deviance / n, deviance + 2 * free, bic, bic - 2 * counts @ np.log(likeliest)
