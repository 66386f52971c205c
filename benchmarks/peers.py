"""The same fit by each library: build the model, time the fit alone, return the parameters.

All run exactly the steps they are asked for, from the start of the problem, so none runs k-means.
"""

import json
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf
import torch
from pomegranate.distributions import Normal
from pomegranate.gmm import GeneralMixtureModel
from problem import covariances_of, scale_of
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from tensorflow_probability import distributions as tfd

import gmm_tf

NOTEBOOK = Path(__file__).parents[1] / "solutions/gmm-two-ways/gmm-two-ways.ipynb"


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


def pomegranate(problem, steps):
    """pomegranate on PyTorch, float32, without its checks of the data, which cost it time."""
    components = [
        Normal(mean, covariance, covariance_type=problem.covariance, check_data=False)
        for mean, covariance in zip(
            torch.tensor(problem.means, dtype=torch.float32),
            torch.tensor(problem.covariances, dtype=torch.float32),
            strict=True,
        )
    ]
    weights = torch.tensor(problem.weights, dtype=torch.float32)
    model = GeneralMixtureModel(
        components, priors=weights, max_iter=steps, tol=-np.inf, check_data=False
    )
    took, _ = timed(model.fit, torch.tensor(problem.x))
    means, covariances = ([getattr(c, name) for c in components] for name in ("means", "covs"))
    return Fit(took, *(np.asarray(v) for v in (model.priors, np.stack(means), np.stack(covariances))))


def tfp_eager(problem, steps):
    """EM written with TensorFlow Probability, float32, not compiled; diagonal covariances."""
    start = (tf.constant(value, tf.float32) for value in problem[1:])
    took, parameters = timed(_tfp_em, tf.constant(problem.x), *start, steps)
    return Fit(took, *parameters)


def _tfp_em(x, weights, means, variances, steps):
    for _ in range(steps):
        mixture = tfd.MixtureSameFamily(
            tfd.Categorical(probs=weights), tfd.MultivariateNormalDiag(means, tf.sqrt(variances))
        )
        r = mixture.posterior_marginal(x).probs_parameter()
        n = tf.reduce_sum(r, axis=0)
        weights = n / len(x)
        means = tf.matmul(r, x, transpose_a=True) / n[:, None]
        variances = tf.matmul(r, x**2, transpose_a=True) / n[:, None] - means**2
    return weights.numpy(), means.numpy(), variances.numpy()


def assignment_gradient(problem, steps):
    """The eager training loop of the assignment's solution: GradientTape and Keras's Adam."""
    solution = _solution_cells("mixture_likelihood", "gmm_model", "loss", "given_grad", "train")
    model = solution["GMM"](problem.k)
    start = np.log(problem.weights), problem.means, scale_of(problem.covariances)
    weights = model.logits, model.means, model.lsigmas
    for variable, value in zip(weights, start, strict=True):
        variable.assign(value.reshape(-1))
    optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
    took, _ = timed(solution["train"], model, optimizer, tf.constant(problem.x), steps)
    logits, means, lsigmas = (variable.numpy() for variable in weights)
    return Fit(took, tf.nn.softmax(logits).numpy(), means[:, None], covariances_of(lsigmas[:, None]))


def _solution_cells(*ids):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = {c["metadata"].get("nbgrader", {}).get("grade_id"): c["source"] for c in cells}
    space = {"tf": tf, "np": np}
    for name in ids:
        exec("".join(sources[name]), space)
    return space
