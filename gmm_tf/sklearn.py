"""Parameters from and to scikit-learn's `GaussianMixture`."""

import numpy as np
import tensorflow as tf

from gmm_tf import covariance, mixture
from gmm_tf.models import EMGMM


def from_sklearn(estimator, model_class=EMGMM, **kwargs):
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
    k, dim = estimator.means_.shape
    kind, given = estimator.covariance_type, np.asarray(estimator.covariances_, np.float64)
    shape = covariance.scale_shape(k, dim, kind)
    if len(shape) == 3:
        scale = covariance.from_factor(tf.linalg.cholesky(given.reshape(shape)))
    else:
        scale = 0.5 * np.log(given.reshape(shape))
    model = model_class(k, dim, kind, **{"dtype": "float64", **kwargs})
    theta = mixture.normal_mixture(np.log(estimator.weights_), estimator.means_, scale)
    model.assign(mixture.cast(theta, model.variable_dtype))
    return model


def to_sklearn(model):
    """A fitted `sklearn.mixture.GaussianMixture` with the parameters of a model, float64."""
    from sklearn.mixture import GaussianMixture  # an optional dependency

    theta = mixture.cast(model.mixture, tf.float64)
    estimator = GaussianMixture(model.k, covariance_type=model.covariance)
    estimator.weights_ = np.exp(theta.log_pi)
    estimator.means_ = theta.mu.numpy()
    matrices = mixture.covariances(theta).numpy()
    # The inverse factors as scikit-learn keeps them: x @ factor is white.
    if model.covariance in ("full", "tied"):
        inverse = np.transpose(covariance.inverse(theta.scale), (0, 2, 1))
    else:
        inverse = covariance.inverse(theta.scale).numpy()
    estimator.covariances_ = {
        "full": matrices,
        "tied": matrices[0],
        "diag": np.diagonal(matrices, axis1=1, axis2=2),
        "spherical": matrices[:, 0, 0],
    }[model.covariance]
    estimator.precisions_cholesky_ = {
        "full": inverse, "tied": inverse[0], "diag": inverse, "spherical": inverse[..., 0]
    }[model.covariance]  # fmt: skip
    factor = estimator.precisions_cholesky_
    if model.covariance in ("full", "tied"):
        estimator.precisions_ = factor @ np.swapaxes(factor, -1, -2)
    else:
        estimator.precisions_ = factor**2
    estimator.converged_, estimator.n_features_in_ = True, model.dim
    return estimator
