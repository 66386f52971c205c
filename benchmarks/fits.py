"""The same fit by gmm_tf and by scikit-learn: build the model, time the fit alone, return the parameters.

All run exactly the steps they are asked for, from the start of the problem, so none runs k-means.
"""

import time
import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from problem import covariances_of, scale_of
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

import gmm_tf


class Fit(NamedTuple):
    seconds: float
    weights: np.ndarray  # [K]
    means: np.ndarray  # [K, D]
    covariances: np.ndarray  # [K, D] or [K, D, D]

    def difference(self, other):
        """Largest absolute difference of a weight, mean or covariance."""
        return max(float(np.abs(a - b).max()) for a, b in zip(self[1:], other[1:], strict=True))


def timed(function, *args, **kwargs):
    """Seconds of a call, and what it returns."""
    begin = time.perf_counter()
    result = function(*args, **kwargs)
    return time.perf_counter() - begin, result


def ours(problem, steps):
    """gmm_tf, float32."""
    model = _at_start(gmm_tf.EMGMM, problem)
    took, _ = timed(gmm_tf.fit_em, model, problem.x, max_steps=steps, tol=0)
    return _fit_of(model, took)


def ours_gradient(problem, steps):
    """gmm_tf, float32, Adam."""
    model = _at_start(gmm_tf.GMM, problem)
    took, _ = timed(gmm_tf.fit_gradient, model, problem.x, steps=steps)
    return _fit_of(model, took)


def _at_start(kind, problem):
    model = kind(problem.k, dim=problem.dim, covariance=problem.covariance)
    start = np.log(problem.weights), problem.means, scale_of(problem.covariances)
    model.assign(gmm_tf.Mixture(*(tf.constant(value, tf.float32) for value in start)))
    return model


def _fit_of(model, took):
    theta = model.mixture
    return Fit(took, np.exp(theta.log_pi), theta.mu.numpy(), covariances_of(theta.scale))


def scikit_learn(problem, steps):
    """sklearn.mixture.GaussianMixture, float64."""
    invert = np.reciprocal if problem.covariance == "diag" else np.linalg.inv
    model = GaussianMixture(
        problem.k,
        covariance_type=problem.covariance,
        tol=0,
        reg_covar=0,
        max_iter=steps,
        weights_init=problem.weights,
        means_init=problem.means,
        precisions_init=invert(problem.covariances),
    )
    x = problem.x.astype(np.float64)
    with warnings.catch_warnings():
        # It runs all steps that it is given, and says that it did not converge.
        warnings.simplefilter("ignore", ConvergenceWarning)
        took, _ = timed(model.fit, x)
    return Fit(took, model.weights_, model.means_, model.covariances_)
