"""Densities and posteriors on a grid, for pictures of expected against returned curves."""

import numpy as np
from scipy.special import log_softmax

from autograder.authoring.precision import doubles, f32
from autograder.engine.assignment import Question
from autograder.engine.curve import Curve
from autograder.tasks.gmm_two_ways import oracle

GRID = np.linspace(-5, 5, 401, dtype=np.float32)
THREE = f32([0.8, 0.2, -0.6], [-2.0, 0.5, 3.0], np.log([0.9, 0.4, 0.6]))


def curves() -> dict[str, list[Curve]]:
    """{task id: its Curves}: parameters of shape (K,), then (K, 1)."""
    arguments = doubles((GRID, *THREE))
    density = np.exp(oracle.log_likelihood(*arguments))[:, None]
    posterior = oracle.posterior(*arguments)
    asked: dict[str, list[Curve]] = {"mixture_likelihood": [], "mixture_posterior_logits": []}
    for shape, parameters in (("(K,)", THREE), ("(K, 1)", tuple(part[:, None] for part in THREE))):
        inputs = f"three components, parameters of shape {shape}"
        for name, stand_ins, expected, read, lines, upright in (
            ("mixture_likelihood", (), density, density_of, ("",), "density p(x)"),
            ("mixture_posterior_logits", ("mixture_likelihood",), posterior, posterior_of,
             ("component 1", "component 2", "component 3"), "posterior p(z | x)"),
        ):  # fmt: skip
            question = Question("call", (name, "tensor", GRID[:, None], *parameters), stand_ins)
            asked[name].append(Curve(question, GRID, expected, read, lines, upright, "x", inputs))
    return asked


def density_of(log_density: np.ndarray) -> np.ndarray:
    return np.exp(log_density).reshape(len(GRID), 1)


def posterior_of(logits: np.ndarray) -> np.ndarray:
    if logits.shape != (len(GRID), len(THREE[0])):
        raise ValueError("not one row for each point")
    return np.exp(log_softmax(logits, axis=1))
