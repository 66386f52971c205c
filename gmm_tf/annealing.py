"""Deterministic annealing (Ueda & Nakano 1998): EM with a tempered posterior."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from gmm_tf.inputs import positive_integer

# At this inverse temperature the start hardly matters.
FIRST = 0.05


# As `inverse_temperatures` takes it.
Schedule: TypeAlias = int | str | Sequence[float] | None


def inverse_temperatures(anneal: Schedule, steps: int) -> np.ndarray:
    """Inverse temperatures of the first steps of a fit, rising to 1; empty for no annealing.

    Args:
        anneal: None for none; a number of steps, or "half" of them, that rise geometrically from 0.05;
            or the inverse temperatures.
        steps: number of all steps.

    Raises:
        ValueError: more inverse temperatures than steps, or some that do not rise to 1.
    """
    if anneal is None:
        return np.empty(0)
    if isinstance(anneal, str) and anneal == "half":
        anneal = max(1, steps // 2)
    if np.ndim(anneal) == 0:
        betas = np.geomspace(FIRST, 1, positive_integer("anneal", anneal))
        # A single step has inverse temperature 1.
        betas[-1] = 1
    else:
        betas = np.asarray(anneal, np.float64)
    ends = betas.ndim == 1 and betas.size and betas[0] > 0 and betas[-1] == 1
    if not ends or np.any(np.diff(betas) < 0) or betas.size > steps:
        raise ValueError(
            f"Expected anneal as at most {steps} steps, 'half', or at most {steps} inverse temperatures that "
            f"rise to 1, got {anneal!r}; try anneal={min(30, steps)}."
        )
    return betas
