"""A scikit-learn estimator on this library's EM, and parameters from and to scikit-learn's own.

Nothing else in this package needs scikit-learn.
"""

import math
import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf

try:
    import sklearn.mixture
    from sklearn.exceptions import ConvergenceWarning

    # `from gmm_tf import sklearn as mixture` replaces `from sklearn import mixture`.
    from sklearn.mixture import BayesianGaussianMixture  # noqa: F401
    from sklearn.utils import check_random_state
    from sklearn.utils.validation import validate_data
except ImportError as error:
    raise ImportError(
        f"{error}; gmm_tf.sklearn, to_sklearn and from_sklearn need scikit-learn 1.6 or newer: "
        'pip install "gmm-tf[sklearn]", or "scikit-learn>=1.6".'
    ) from error

from typing import Any

from gmm_tf import covariance, em, loops, mixture, private
from gmm_tf.blocks import WORKING_SET, Data, Part, frame_of, is_few, pack, units_for
from gmm_tf.mixture import Mixture
from gmm_tf.models import EMGMM, MixtureModel
from gmm_tf.names import Kind
from gmm_tf.shapes import Float, Tensor
from gmm_tf.starts import GLANCE

# If a step handles at most this many numbers (observations times components times dimensions), compiling
# it would take longer than the fit itself.
UNCOMPILED = 1 << 20


class GaussianMixture(sklearn.mixture.GaussianMixture):
    """`sklearn.mixture.GaussianMixture` with the EM steps of `fit_em`, and with sample weights.

    Parameters, defaults, attributes, errors and, for the same `random_state`, results are those of
    scikit-learn, with two exceptions. With more than 20,000 observations, the start is computed from 20,000
    of them, drawn at random. And `fit` and `fit_predict` take `sample_weight`. Steps are computed in the
    dtype of X, with float64 sums.
    """

    @private.fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> "GaussianMixture":
        """Estimate the parameters by EM, from `n_init` starts or, with `warm_start`, from the current ones.

        Args:
            X: [n_samples, n_features].
            y: ignored.
            sample_weight: [n_samples], how often each observation counts; once if None.

        Returns:
            self.

        Raises:
            ValueError: as scikit-learn's own estimator; negative weights, or no positive one.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        if len(X) < self.n_components:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {self.n_components}, "
                f"n_samples = {len(X)}"
            )
        sample_weight = _checked_weights(sample_weight, X)
        data = pack(
            X.astype(np.float64, copy=False),
            self.n_components,
            self.covariance_type,
            X.dtype,
            frame_of(X, units_for(self.covariance_type)),
            sample_weight,
        )
        go_on = self.warm_start and hasattr(self, "converged_")
        random_state = check_random_state(self.random_state)
        runs = []
        for init in range(1 if go_on else self.n_init):
            private.run_begins(self, init)
            start = self if go_on else self._start(X[_glance(X, sample_weight, random_state)], random_state)
            runs.append(_climb(self, start, data, X.size))
        self._keep(max(runs, key=_Run.last_bound), X.dtype)
        return self

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> np.ndarray:
        """Estimate the parameters, and return the most probable component of each observation."""
        return self.fit(X, sample_weight=sample_weight).predict(X)

    def _estimate_weighted_log_prob(self, X: Any, xp: Any = None) -> np.ndarray:
        """log p(x_n, z_n = k), [N, K], which all of scikit-learn's methods that score or predict build on."""
        dtype = np.float32 if X.dtype == np.float32 else np.float64
        theta = mixture.cast(_mixture(self), dtype)
        pieces = np.array_split(X.astype(dtype, copy=False), 1 + X.size * len(self.means_) // WORKING_SET)
        return np.concatenate([mixture.log_joint(piece, theta) for piece in pieces])

    def _start(self, X: Any, random_state: Any) -> Any:
        """scikit-learn's own estimator at its start from X; it checks the initial parameters."""
        own = {**self.get_params(deep=False), "max_iter": 0, "n_init": 1, "verbose": 0}
        start = sklearn.mixture.GaussianMixture(**{**own, "random_state": random_state})
        # If precisions are given, it reads this attribute without having set it.
        start.covariances_ = None
        return start.fit(X)

    def _keep(self, run: "_Run", dtype: Any) -> None:
        attributes = _attributes(run.theta, self.covariance_type)
        for name, value in attributes.items():
            setattr(self, name, value.astype(dtype))
        self.converged_, self.n_iter_ = run.converged, len(run.bounds)
        self.lower_bounds_, self.lower_bound_ = run.bounds, run.last_bound()
        if not self.converged_ and self.max_iter > 0:
            warnings.warn(
                "Best performing initialization did not converge. Try different init parameters, or "
                "increase max_iter, tol, or check for degenerate data.",
                ConvergenceWarning,
                stacklevel=3,
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.array_api_support = False
        return tags


class _Run(NamedTuple):
    """One climb from a start."""

    theta: mixture.Mixture  # float64
    bounds: list  # mean log-likelihood before each step
    converged: bool

    def last_bound(self) -> float:
        return self.bounds[-1] if self.bounds else -math.inf


def _checked_weights(sample_weight: Any, X: Any) -> np.ndarray | None:
    if sample_weight is None:
        return None
    sample_weight = private.check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
    if not sample_weight.sum() > 0:
        raise ValueError("Expected a positive sample_weight, got none; say how often each row counts.")
    return sample_weight


def _glance(X: Any, sample_weight: Any, random_state: Any) -> slice | np.ndarray:
    """Rows to find a start from; integer weights give the same rows as data with repeated rows."""
    if sample_weight is None:
        return slice(None) if len(X) <= GLANCE else random_state.permutation(len(X))[:GLANCE]
    ends = np.cumsum(sample_weight)
    whole = np.all(sample_weight == np.round(sample_weight))
    size = min(GLANCE, int(ends[-1]) if whole else len(X))
    at = (np.arange(size) + random_state.uniform()) / size * ends[-1]
    return np.minimum(np.searchsorted(ends, at, side="right"), len(X) - 1)


def _climb(estimator: Any, start: Any, data: Data, numbers: int) -> _Run:
    """EM by scikit-learn's rules, with the settings of an estimator, from another one's parameters -> _Run.

    Args:
        data: `blocks.Data`.
        numbers: size of X.
    """
    theta, bound = _mixture(start), start.lower_bound_
    k, dim = theta.mu.shape
    theta = mixture.cast(data.inside(theta), data.parts[0].x.dtype)
    step = _em_step if numbers * k <= UNCOMPILED else _compiled_em_step
    few = is_few(k, dim)
    ridge = tf.constant(estimator.reg_covar / data.frame.unit**2)
    log_unit, centred = tf.constant(data.log_unit), few or bool(loops.loses_digits(theta))
    bounds, converged = [], False
    for n_iter in range(1, estimator.max_iter + 1):
        now, theta, lost = step(data.parts, data.count, log_unit, theta, ridge, centred)
        centred = few or bool(lost)
        change, bound = float(now) - bound, float(now)
        bounds.append(bound)
        private.iteration_ends(estimator, n_iter, change)
        if abs(change) < estimator.tol:
            converged = True
            break
    if estimator.max_iter > 0:
        private.run_ends(estimator, bound, converged)
    return _Run(data.outside(mixture.cast(theta, tf.float64)), bounds, converged)


def _em_step(
    parts: tuple[Part, ...],
    count: Tensor,
    log_unit: Tensor,
    theta: Mixture,
    ridge: Float[Tensor, "D"],
    centred: bool,
) -> tuple[Float[Tensor, ""], Mixture, Tensor]:
    """(mean log-likelihood before, mixture after, whether it loses precision).

    `ridge` [D] is added to the variances.
    """
    statistics = loops.all_statistics(parts, theta, centred=centred)
    # No other floor: one relative to the variance of all data would drown clusters that are far apart.
    least = tf.fill(ridge.shape, tf.cast(em.LEAST_VARIANCE, tf.float64))
    theta = em.update(em.with_ridge(statistics, ridge), theta, least)
    return statistics.log_likelihood / count - log_unit, theta, loops.loses_digits(theta)


_compiled_em_step = loops.compiled(_em_step)


def _mixture(estimator: Any) -> Mixture:
    """The float64 mixture of an estimator's weights, means and inverse factors."""
    k, dim = np.shape(estimator.means_)
    shape = covariance.scale_shape(k, dim, estimator.covariance_type)
    inverse = np.asarray(estimator.precisions_cholesky_, np.float64).reshape(shape)
    if inverse.ndim == 3:
        scale = covariance.from_factor(tf.constant(np.linalg.inv(np.swapaxes(inverse, 1, 2))))
    else:
        scale = -np.log(inverse)
    with np.errstate(divide="ignore"):
        log_weights = np.log(np.asarray(estimator.weights_, np.float64))
    return mixture.normal_mixture(log_weights, np.asarray(estimator.means_, np.float64), scale)


def _attributes(theta: Mixture, kind: str) -> dict[str, np.ndarray]:
    """The attributes of scikit-learn's estimator for a float64 mixture.

    x times a matrix of `precisions_cholesky_` is white.
    """
    matrices, inverse = mixture.covariances(theta).numpy(), covariance.inverse(theta.scale).numpy()
    if inverse.ndim == 3:
        inverse = np.swapaxes(inverse, 1, 2)
        precisions = inverse @ np.swapaxes(inverse, 1, 2)
    else:
        precisions = inverse**2
    covariances = {
        Kind.FULL: matrices,
        Kind.TIED: matrices[0],
        Kind.DIAG: np.diagonal(matrices, axis1=1, axis2=2),
        Kind.SPHERICAL: matrices[:, 0, 0],
    }[Kind(kind)]
    return {
        "weights_": np.exp(theta.log_pi),
        "means_": theta.mu.numpy(),
        "covariances_": covariances,
        "precisions_": precisions.reshape(covariances.shape),
        "precisions_cholesky_": inverse.reshape(covariances.shape),
    }


def from_sklearn(estimator: Any, model_class: type[MixtureModel] = EMGMM, **kwargs: Any) -> MixtureModel:
    """A model with the parameters of a fitted `sklearn.mixture.GaussianMixture`.

    Args:
        estimator: fitted, with any `covariance_type`.
        model_class: `EMGMM` or `GMM`.
        **kwargs: for the model; float64 unless `dtype` says otherwise.

    Raises:
        ValueError: the estimator is not fitted.
    """
    if not hasattr(estimator, "means_"):
        raise ValueError("Expected a fitted GaussianMixture, got one without means_; call fit first.")
    own = {"dtype": "float64", **kwargs}
    k, dim = estimator.means_.shape
    model = model_class(k, dim, estimator.covariance_type, **own)
    model.assign(mixture.cast(_mixture(estimator), model.variable_dtype))
    return model


def to_sklearn(model: MixtureModel) -> Any:
    """A fitted `sklearn.mixture.GaussianMixture` with the parameters of a model, float64.

    With `warm_start=True` its `fit` continues from these parameters.
    """
    estimator = sklearn.mixture.GaussianMixture(model.k, covariance_type=str(model.covariance))
    theta = mixture.cast(model.mixture, tf.float64)
    vars(estimator).update(_attributes(theta, model.covariance))
    estimator.converged_, estimator.n_features_in_ = True, model.dim
    # A model does not know its likelihood.
    estimator.n_iter_, estimator.lower_bound_, estimator.lower_bounds_ = 0, -math.inf, []
    return estimator
