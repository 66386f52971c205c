"""Results of a fit, and whether they can be trusted."""

import math
import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import covariance
from gmm_tf.mixture import Mixture, cast, covariances
from gmm_tf.names import StoppedBy
from gmm_tf.shapes import Float, Tensor

# A component with less is empty: no observation belongs to it with a probability above one half.
LEAST_OBSERVATIONS = 0.5
# A variance within this factor of the floor counts as at the floor, because float32 rounds factors.
AT_FLOOR = 1.1
# In standard deviations: a larger error of a mean shows in densities.
LARGEST_ROUNDING = 0.01


class DegenerateFitWarning(RuntimeWarning):
    """A component collapsed onto too few distinct observations, or has none left."""


class FitResult(NamedTuple):
    """What happened during a fit; the parameters are in the model."""

    trace: Float[np.ndarray, "steps"]  # the objective before each step, with the prior if there is one
    steps: int
    stopped_by: StoppedBy
    log_likelihood: float = math.nan  # mean, of the result, no prior; NaN if it would need another pass
    converged: bool = False  # whether the last steps gained less than `tol`
    collapsed: tuple[int, ...] = ()  # components whose variance, in some direction, is the least allowed
    empty: tuple[int, ...] = ()  # components with less than half an observation

    def __repr__(self) -> str:
        end = "converged" if self.converged else "not converged"
        known = "" if math.isnan(self.log_likelihood) else f", mean log-likelihood {self.log_likelihood:.6g}"
        steps = f"{self.steps} step{'s' * (self.steps != 1)}"
        return f"FitResult: {end} after {steps}{known}{_listed(self.collapsed, self.empty, '; ')}"


def climbed(
    values: list[float], converged: bool, collapsed: tuple[int, ...], empty: tuple[int, ...]
) -> FitResult:
    """The FitResult of EM.

    Args:
        values: the objective before each step and after the last.
        converged: whether the last steps gained too little.
        collapsed, empty: as `degenerate` has them.
    """
    ended = StoppedBy.TOL if converged else StoppedBy.MAX_STEPS
    return FitResult(np.array(values[:-1]), len(values) - 1, ended, values[-1], converged, collapsed, empty)


def _listed(collapsed: tuple[int, ...], empty: tuple[int, ...], separator: str) -> str:
    """A description of the degenerate components, each kind after the separator."""
    kinds = {"collapsed": collapsed, "empty": empty}
    return "".join(
        f"{separator}{name}: {', '.join(map(str, which))}" for name, which in kinds.items() if which
    )


def degenerate(
    theta: Mixture, floor: Float[Tensor, "D"], count: float
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(collapsed, empty): the indices of these components, each a tuple.

    Args:
        theta: a `Mixture`.
        floor: [D], the least variance of each coordinate, and in its units of every direction.
        count: number of observations.

    Returns:
        Nothing of either kind also if a parameter is not finite, because training diverged.
    """
    if not all(np.isfinite(value).all() for value in theta):
        return (), ()
    k = theta.mu.shape[0]
    empty = np.exp(theta.log_pi.numpy().astype(np.float64)) * count < LEAST_OBSERVATIONS
    floor, scale = np.asarray(floor), tf.cast(theta.scale, tf.float64)
    if covariance.is_matrix(scale):
        factors = covariance.factor(scale).numpy()
        # `em.update` also bounds a variance by its rounding error.
        rounding = np.finfo(theta.mu.dtype.as_numpy_dtype).eps * np.square(factors).sum(axis=2)
        factors /= np.sqrt(np.maximum(floor, rounding))[:, :, None]
        least = np.linalg.svd(factors, compute_uv=False)[:, -1] ** 2
    else:
        floor = floor.mean(keepdims=True) if scale.shape[1] == 1 else floor
        least = (np.exp(2 * scale.numpy()) / floor).min(axis=1)
    collapsed = np.broadcast_to(least <= AT_FLOOR, [k]) & ~empty
    return tuple(np.flatnonzero(collapsed).tolist()), tuple(np.flatnonzero(empty).tolist())


def warn(
    theta: Mixture,
    found: tuple[tuple[int, ...], tuple[int, ...]],
    floor: float | None = None,
    has_prior: bool = False,
    stacklevel: int = 3,
) -> None:
    """`warn_if_degenerate` and `warn_if_rounded`, with their arguments."""
    warn_if_degenerate(found, floor, has_prior, stacklevel + 1)
    warn_if_rounded(theta, found, stacklevel + 1)


def warn_if_rounded(
    theta: Mixture, found: tuple[tuple[int, ...], tuple[int, ...]], stacklevel: int = 3
) -> None:
    """Warn if the weights' dtype rounds means by more than a hundredth of a standard deviation.

    Args:
        theta: the model's `Mixture`.
        found: as `degenerate` has it; these components do not count.
    """
    sound = [k for k in range(theta.mu.shape[0]) if k not in {*found[0], *found[1]}]
    sigma = np.sqrt(tf.linalg.diag_part(covariances(cast(theta, tf.float64))))
    dtype = theta.mu.dtype.as_numpy_dtype
    rounding = np.finfo(dtype).eps / 2 * np.abs(theta.mu.numpy())
    if np.any(rounding[sound] > LARGEST_ROUNDING * sigma[sound]):
        warnings.warn(
            f"The means are so far from zero that {dtype.__name__} rounds them by more than a hundredth of a "
            "standard deviation; make the model with dtype='float64', or subtract the mean of the data.",
            RuntimeWarning,
            stacklevel=stacklevel,
        )


def warn_if_degenerate(
    found: tuple[tuple[int, ...], tuple[int, ...]],
    floor: float | None = None,
    has_prior: bool = False,
    stacklevel: int = 3,
) -> None:
    """Warn once, with a remedy, if a component is collapsed or empty.

    Args:
        found: as `degenerate` has it.
        floor: the model's `variance_floor`; None if the fit did not apply it.
        has_prior: whether the fit had one.
    """
    collapsed, empty = found
    if not (collapsed or empty):
        return
    prior = "" if has_prior else " or, in fit_em, prior='default'"
    rest = "; or remove repeated rows and constant columns"
    if collapsed and floor:
        rest += (
            f". If the rows of a collapsed component do differ, but by less than {floor**0.5:g} of the "
            f"spread of the data, pass the model a variance_floor below {floor:g}"
        )
    warnings.warn(
        f"The fit is degenerate ({_listed(collapsed, empty, ', ')[2:]}): its likelihood says little "
        f"about new data. Try fewer components, restarts=10, covariance='tied'{prior}{rest}.",
        DegenerateFitWarning,
        stacklevel=stacklevel,
    )
