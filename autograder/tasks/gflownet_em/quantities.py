"""What functions of `gflownet-em` compute on the way: to find the mistakes of shared helpers."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.authoring.precision import doubles
from autograder.engine.assignment import Question
from autograder.engine.upstream import Quantity
from autograder.tasks.gflownet_em import oracle
from autograder.tasks.gflownet_em.inputs import LEAF_MISTAKES
from autograder.tasks.gflownet_em.leaves import COMPONENT_MISTAKES
from autograder.tasks.gflownet_em.likelihood import LIKELIHOOD_MISTAKES

PROBES = {"data_log_likelihood", "exact_posterior", "mean_field_step"}


def inputs(question: Question) -> dict[str, Sequence[np.ndarray]]:
    """{name: float64 arguments} of the quantities."""
    return {"leaves": doubles(question.arguments[:2])} if question.probe in PROBES else {}


def leaves(
    x: np.ndarray, means: np.ndarray, f: Callable[[np.ndarray], np.ndarray] = oracle.components, **others: Any
) -> np.ndarray:
    """Means of the leaves, (C, P, 2)."""
    return f(means)


def joint(x: np.ndarray, means: np.ndarray, reduce: object = None, **pieces: Any) -> np.ndarray:
    """log p(x, i, j), (N, C, P)."""
    return oracle.log_joint(x, means, **pieces)


def exponent(x: np.ndarray, means: np.ndarray, reduce: object = None, **pieces: Any) -> np.ndarray:
    """Without its constants, (N, C, P)."""
    constants = {"normaliser": lambda: 0.0, "prior": lambda superclusters: 0.0}
    return oracle.log_joint(x, means, **{**pieces, **constants})


QUANTITIES = (
    Quantity("leaves", leaves, tuple(COMPONENT_MISTAKES)),
    Quantity("leaves", joint, (*LEAF_MISTAKES, *LIKELIHOOD_MISTAKES)),
    Quantity("leaves", exponent, tuple(LEAF_MISTAKES)),
)
