"""Arguments of plots as float64 arrays, or an error that says what to pass instead."""

from typing import Any

import numpy as np

# Rounding of float32 softmax, with room.
SUM_TOLERANCE = 1e-3


def finite(name: str, values: Any) -> np.ndarray:
    """values as float64.

    Raises:
        ValueError: NaN or infinite.
    """
    values = np.asarray(values, np.float64)
    if not np.all(np.isfinite(values)):
        raise ValueError(f"Expected finite {name}, got NaN or infinity; see where it first appears.")
    return values


def per_component(name: str, values: Any) -> np.ndarray:
    """One number per component, [K], from [K] or [K, 1].

    Raises:
        ValueError: another shape; NaN or infinite.
    """
    values = finite(name, values)
    if values.size == 0 or values.ndim not in (1, 2) or values.size != len(values):
        raise ValueError(
            f"Expected {name} of shape [K] or [K, 1], got {list(values.shape)}; pass one number each."
        )
    return values.reshape(-1)


def weights(values: Any, k: int) -> np.ndarray:
    """Mixing weights [k].

    Raises:
        ValueError: another number of weights; negative; a sum other than 1.
    """
    values = per_component("weights", values)
    if len(values) != k:
        raise ValueError(
            f"Expected {k} weights, one per mean, got {len(values)}; take both from one mixture."
        )
    if not _probabilities(values):
        raise ValueError(
            f"Expected weights that are >= 0 and sum to 1, got {values}; take the softmax of logits."
        )
    return values


def posterior(values: Any, n: int) -> np.ndarray:
    """Responsibilities [n, K].

    Raises:
        ValueError: another shape; negative; a row that does not sum to 1.
    """
    values = finite("posterior", values)
    if values.ndim != 2 or len(values) != n or values.shape[1] == 0:
        raise ValueError(
            f"Expected posterior of shape [{n}, K], a row per observation, got {list(values.shape)}; "
            "pass p(k | x) of the same x."
        )
    if not _probabilities(values):
        raise ValueError(
            "Expected posterior that is >= 0 and sums to 1 in each row, got something else; "
            "take the softmax of posterior logits over the last axis."
        )
    return values


def observations(x: Any) -> np.ndarray:
    """Observations [N, D] with D of 1 or 2, from [N, D] or [N].

    Raises:
        ValueError: another shape; no observation; NaN or infinite.
    """
    x = finite("x", x)
    shape = list(x.shape)
    if x.ndim == 1:
        x = x[:, None]
    if x.ndim != 2 or x.shape[1] not in (1, 2) or len(x) == 0:
        raise ValueError(f"Expected x of shape [N, 1] or [N, 2], got {shape}; choose at most two columns.")
    return x


def _probabilities(values: np.ndarray) -> bool:
    sums = values.sum(axis=-1)
    return bool(np.all(values >= 0)) and np.allclose(sums, 1, rtol=0, atol=SUM_TOLERANCE)
