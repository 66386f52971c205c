"""Fits like those of `fits`, by libraries that only `.venv-bench` has, and by the assignment's solution."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf
import torch
from fits import Fit, timed
from pomegranate.distributions import Normal
from pomegranate.gmm import GeneralMixtureModel
from problem import covariances_of, scale_of
from tensorflow_probability import distributions as tfd

NOTEBOOK = Path(__file__).parents[1] / "solutions/gmm-two-ways/gmm-two-ways.ipynb"


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
    model = GeneralMixtureModel(components, priors=weights, max_iter=steps, tol=-np.inf, check_data=False)
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
        exec("".join(sources[name]), space)  # noqa: S102 - our own solution
    return space
