"""Anderson acceleration of a fixed-point iteration whose objective must never fall."""

from collections.abc import Callable

import numpy as np

from gmm_tf import convergence

# Keeps the least squares solvable when past steps are nearly parallel.
RIDGE = 1e-10


def anderson(
    step: Callable[[np.ndarray], tuple[float, np.ndarray]],
    start: np.ndarray,
    memory: int,
    rule: convergence.Rule,
) -> tuple[np.ndarray, list[float], bool]:
    """Iterate parameters = step(parameters), extrapolating (Walker & Ni 2011, algorithm AA).

    An extrapolation is accepted only if the objective does not fall; otherwise the plain step is taken and
    the memory is cleared.

    Args:
        step: vector [P] -> (objective at it, the next vector).
        start: [P], float64.
        memory: number of past steps that an extrapolation uses, >= 1.
        rule: the `convergence.Rule` that ends it.

    Returns:
        (vector, list of the objective before each step and after the last, whether it converged).
    """
    objective, image = step(start)
    point, values, points, images = start, [objective], list[np.ndarray](), list[np.ndarray]()
    progress = convergence.after(convergence.Progress(), objective, rule)
    while not convergence.has_ended(progress, rule):
        points, images = [*points, point][-memory - 1 :], [*images, image][-memory - 1 :]
        point = _extrapolated(np.array(points), np.array(images))
        objective, image = step(point)
        if not (objective >= values[-1] and np.isfinite(image).all()):
            point, points, images = images[-1], [], []
            objective, image = step(point)
        values.append(objective)
        progress = convergence.after(progress, objective, rule)
    return point, values, convergence.is_converged(progress, rule)


def _extrapolated(points: np.ndarray, images: np.ndarray) -> np.ndarray:
    """The plain step, corrected by the combination of past steps that minimises the residual."""
    residuals = images - points
    steps, moves = np.diff(residuals, axis=0), np.diff(images, axis=0)
    gram = steps @ steps.T
    if not np.trace(gram) > 0:
        return images[-1]
    gram += RIDGE * np.trace(gram) * np.eye(len(gram))
    return images[-1] - np.linalg.solve(gram, steps @ residuals[-1]) @ moves
