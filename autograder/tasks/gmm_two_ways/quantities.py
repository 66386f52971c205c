"""What functions of `gmm-two-ways` compute on the way: to find the mistakes of shared helpers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import log_softmax

from autograder.engine.assignment import Question
from autograder.engine.upstream import Quantity
from autograder.tasks.gmm_two_ways import oracle
from autograder.tasks.gmm_two_ways.density import (
    DENSITY_MISTAKES,
    LIKELIHOOD_MISTAKES,
    SIZE_ONE_SOFTMAX,
    no_prior,
)
from autograder.tasks.gmm_two_ways.inputs import flat
from autograder.tasks.gmm_two_ways.m_step import MSTEP_MISTAKES
from autograder.tasks.gmm_two_ways.posterior import POSTERIOR_MISTAKES

Weighted = Callable[[np.ndarray, np.ndarray], np.ndarray]  # x (N,), responsibilities (N, K) -> (K,)
DENSITIES = {"call": 2, "call_with_variables": 2, "gradient": 0}  # where the arguments of a density begin
MODELS = {"gmm", "loss", "train", "emgmm"}


def inputs(question: Question) -> dict[str, Sequence[np.ndarray]]:
    """{name: float64 arguments} of the quantities."""
    if question.probe in DENSITIES:
        return {"mixture": flat(question.arguments[DENSITIES[question.probe] :])}
    if question.probe in MODELS:
        x, *parameters = flat((question.arguments[0], *question.arguments[1]))
        return {"mixture": (x, *parameters), "weighted": (x, oracle.posterior(x, *parameters))}
    if question.probe == "mstep":
        x, _, r, _ = question.arguments
        return {"weighted": (flat([x])[0], r.astype(float))}
    return {}


def log_normal(
    x: np.ndarray, logits: np.ndarray, means: np.ndarray, lsigmas: np.ndarray, **pieces: Any
) -> np.ndarray:
    """log N(x_n; mu_k, sigma_k), (N, K)."""
    return oracle.log_joint(x, logits, means, lsigmas, **{**pieces, "prior": no_prior})


def exponent(
    x: np.ndarray, logits: np.ndarray, means: np.ndarray, lsigmas: np.ndarray, **pieces: Any
) -> np.ndarray:
    """Without its normalising constant, (N, K)."""
    return log_normal(x, logits, means, lsigmas, **{**pieces, "normaliser": lambda lsigmas: 0 * lsigmas})


def log_weights(
    x: np.ndarray,
    logits: np.ndarray,
    means: np.ndarray,
    lsigmas: np.ndarray,
    prior: Callable[[np.ndarray], np.ndarray] = oracle.log_prior,
    **others: Any,
) -> np.ndarray:
    """log pi, (K,)."""
    return prior(logits)


def posterior_logits(
    x: np.ndarray,
    logits: np.ndarray,
    means: np.ndarray,
    lsigmas: np.ndarray,
    reduce: Callable[[np.ndarray], np.ndarray] = lambda joint: log_softmax(joint, axis=1),
    **pieces: Any,
) -> np.ndarray:
    return reduce(oracle.log_joint(x, logits, means, lsigmas, **pieces))


def new_weights(x: np.ndarray, r: np.ndarray, f: Weighted = oracle.new_weights) -> np.ndarray:
    return f(x, r)


def new_means(x: np.ndarray, r: np.ndarray, f: Weighted = oracle.new_means) -> np.ndarray:
    return f(x, r)


def new_lsigmas(x: np.ndarray, r: np.ndarray, f: Callable[..., np.ndarray] | None = None) -> np.ndarray:
    return f(x, r, oracle.new_means(x, r)) if f else oracle.new_lsigmas(x, r)


JOINT_MISTAKES = (*DENSITY_MISTAKES, SIZE_ONE_SOFTMAX)
QUANTITIES = (
    Quantity("mixture", oracle.log_joint, JOINT_MISTAKES),
    Quantity("mixture", log_normal, JOINT_MISTAKES),
    Quantity("mixture", exponent, JOINT_MISTAKES),
    Quantity("mixture", log_weights, JOINT_MISTAKES),
    Quantity("mixture", oracle.log_likelihood, (*LIKELIHOOD_MISTAKES, SIZE_ONE_SOFTMAX)),
    Quantity("mixture", posterior_logits, (*POSTERIOR_MISTAKES, SIZE_ONE_SOFTMAX)),
    Quantity("weighted", new_weights, tuple(MSTEP_MISTAKES["logits"])),
    Quantity("weighted", new_means, tuple(MSTEP_MISTAKES["means"])),
    Quantity("weighted", new_lsigmas, tuple(MSTEP_MISTAKES["lsigmas"])),
)
