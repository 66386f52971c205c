"""A conjugate prior of a mixture's means and covariances, for maximum a posteriori EM.

The prior of Fraley & Raftery (2007), "Bayesian regularization for normal mixture estimation and
model-based clustering", Journal of Classification 24:155-181, and of R's mclust: each mean is normal around
one point, each covariance inverse Wishart ("full", one for all components of "tied") and each variance
inverse gamma ("diag", "spherical"). The mixing weights have no prior.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import covariance, inputs, mixture
from gmm_tf.mixture import Mixture
from gmm_tf.shapes import Float, Observations, Scale, Tensor, Weights

if TYPE_CHECKING:
    from gmm_tf.models import MixtureModel

# Weight of the mean prior, in observations (Fraley & Raftery 2007, section 3).
SHRINKAGE = 0.01


class Prior(NamedTuple):
    """mu | Sigma ~ N(mean, Sigma / shrinkage), Sigma ~ inverse Wishart(dof, scale) for each component.

    With "diag" each variance, and with "spherical" the one variance of a component, is inverse
    gamma(dof / 2, scale / 2) instead.
    """

    mean: Float[Tensor, "D"]
    shrinkage: float  # >= 0; 0 for no prior of the means
    dof: float  # > D - 1 for matrices, else > 0
    scale: Tensor  # [D, D] for "full" and "tied", [D] or a number for "diag", a number for "spherical"


class PseudoStatistics(NamedTuple):
    """Pseudo-observations that a prior adds to the sums of an EM step; float64."""

    of_means: Float[Tensor, ""]  # their number for each mean
    of_scales: Float[Tensor, "K"]  # their number for each covariance; components of a tied one share it
    first: Float[Tensor, "K D"]  # as in `em.Statistics`
    second: Scale


def default_prior(
    x: Observations, k: int, covariance: str = "diag", sample_weight: Weights | None = None
) -> Prior:
    """The Prior that mclust's `priorControl()` makes from data (Fraley & Raftery 2007, section 3).

    The mean is that of x, shrinkage 0.01, dof D + 2; the scale is the covariance of x (for "diag" and
    "spherical" the mean of its variances) over k^(2/D). If values are missing, or there are no more rows than
    columns, a diagonal covariance is used.

    Args:
        x: [N, D]; NaN is a missing value.
        k: number of components that share the volume of the data.
        covariance: "full", "tied", "diag" or "spherical".
        sample_weight: [N], how often each row counts; once if None.

    Raises:
        ValueError: x that `inputs.observations` rejects; a constant column; linearly dependent columns.
    """
    x = np.asarray(inputs.observations(x, missing=True), np.float64)
    n, dim = x.shape
    shape = _scale_shape(dim, covariance)
    counts = np.ones(n) if sample_weight is None else np.asarray(sample_weight, np.float64).reshape(-1)
    here = ~np.isnan(x)
    rows = counts @ here
    mean = counts @ np.nan_to_num(x) / np.maximum(rows, 1)
    apart = np.where(here, x - mean, 0.0)
    variance = counts @ apart**2 / np.maximum(rows - 1, 1)
    if not (variance > 0).all():
        raise ValueError(
            f"Expected columns that vary, got column {np.argmin(variance > 0)} with a single value; drop it, "
            "or pass a Prior of your own."
        )
    volume = inputs.positive_integer("k", k) ** (-2 / dim)
    if len(shape) == 1:
        scale = np.full(shape, volume * variance.mean())
    elif here.all() and counts.sum() > dim:
        scale = volume * (apart.T * counts) @ apart / (counts.sum() - 1)
    else:
        scale = volume * np.diag(variance)
    return checked(Prior(mean, SHRINKAGE, dim + 2.0, scale), dim, covariance)


def chosen(
    prior: str | Prior | None, model: "MixtureModel", x: Observations, sample_weight: Weights | None = None
) -> Prior | None:
    """The Prior for a model of x [N, D], from what the user passed; None for none.

    Args:
        prior: None, "default" or a Prior.

    Raises:
        ValueError: another prior, or one that does not fit the model.
    """
    if prior is None:
        return None
    if isinstance(prior, Prior):
        return checked(prior, model.dim, model.covariance)
    if isinstance(prior, str) and prior == "default":
        return default_prior(x, model.k, model.covariance, sample_weight)
    raise ValueError(f"Expected prior None, 'default' or a Prior, got {prior!r}.")


def checked(prior: Prior, dim: int, kind: str) -> Prior:
    """The prior with arrays of the shapes that a kind of covariance needs.

    Raises:
        ValueError: it does not fit.
    """
    shape = _scale_shape(dim, kind)
    mean, scale = np.asarray(prior.mean, np.float64), np.asarray(prior.scale, np.float64)
    if mean.shape != (dim,) or not np.isfinite(mean).all():
        raise ValueError(f"Expected a prior mean of {dim} finite numbers, got {prior.mean}.")
    if not 0 <= prior.shrinkage < math.inf:
        raise ValueError(f"Expected shrinkage >= 0, got {prior.shrinkage}; try {SHRINKAGE}.")
    least = dim - 1 if len(shape) == 2 else 0
    if not least < prior.dof < math.inf:
        raise ValueError(f"Expected dof > {least} for {kind!r}, got {prior.dof}; try {dim + 2}.")
    if len(shape) == 1 and scale.ndim <= 1 and scale.size in (1, *shape):
        scale = np.broadcast_to(scale.reshape(-1), shape)
        positive = bool((scale > 0).all())
    else:
        positive = scale.shape == shape and np.allclose(scale, scale.T, 1e-9, 0) and _is_definite(scale)
    if not (positive and np.isfinite(scale).all()):
        raise ValueError(
            f"Expected a prior scale of shape {list(shape)} for {kind!r}, positive or positive definite, got "
            f"{scale.tolist()}; drop columns that other columns determine."
        )
    return Prior(mean, float(prior.shrinkage), float(prior.dof), scale)


def _scale_shape(dim: int, kind: str) -> tuple[int, ...]:
    """[D, D] of a matrix, [D] of "diag", [1] of "spherical"."""
    return covariance.scale_shape(1, dim, kind)[1:]


def _is_definite(matrix: Float[np.ndarray, "D D"]) -> bool:
    """Whether a symmetric matrix is positive definite, tested independently of the coordinates' units."""
    unit = np.sqrt(np.diag(matrix).clip(min=0))
    if not (np.isfinite(matrix).all() and (unit > 0).all()):
        return False
    return np.linalg.eigvalsh(matrix / np.outer(unit, unit))[0] > len(matrix) * np.finfo(float).eps


def moved(prior: Prior, offset: Float[np.ndarray, "D"], unit: Float[np.ndarray, "D"]) -> Prior:
    """The prior of the mixture of (x - offset) / unit, as float64 tensors.

    Args:
        offset, unit: [D], float64; equal units if the mixture is spherical.
    """
    if prior.scale.ndim == 2:
        scale = prior.scale / np.outer(unit, unit)
    else:
        scale = prior.scale / unit[: len(prior.scale)] ** 2
    values = (prior.mean - offset) / unit, prior.shrinkage, prior.dof, scale
    return Prior(*(tf.constant(value, tf.float64) for value in values))


def pseudo_statistics(prior: Prior, theta: Mixture) -> PseudoStatistics:
    """The PseudoStatistics of a prior about the means of a mixture (Fraley & Raftery 2007, tables 1, 2)."""
    there = tf.cast(tf.logical_not(mixture.is_absent(theta)), tf.float64)
    dim = theta.mu.shape[1]
    apart = prior.mean - tf.cast(theta.mu, tf.float64)
    first = prior.shrinkage * there[:, None] * apart
    with_means = there * tf.cast(prior.shrinkage > 0, tf.float64)
    if not covariance.is_matrix(theta.scale):
        share = dim // theta.scale.shape[1]  # of the coordinates, in one variance
        of_scales = (prior.dof + 2) / share * there + with_means
        second = prior.scale / share * there[:, None] + first * apart
        return PseudoStatistics(prior.shrinkage, of_scales, first, second)
    of_scales, second = (prior.dof + dim + 1) * there, first[:, :, None] * apart[:, None]
    if mixture.is_tied(theta):
        of_scales /= tf.reduce_sum(there)
        second = prior.scale + tf.reduce_sum(second, axis=0, keepdims=True)
    else:
        second += prior.scale * there[:, None, None]
    return PseudoStatistics(prior.shrinkage, of_scales + with_means, first, second)


def log_kernel(theta: Mixture, prior: Prior) -> Float[Tensor, ""]:
    """`log_density` without terms that do not depend on the mixture, float64."""
    more = pseudo_statistics(prior, theta)
    scale = tf.cast(theta.scale, tf.float64)
    log_det = covariance.log_det(scale, theta.mu.shape[1])
    return -tf.reduce_sum(more.of_scales * log_det) - 0.5 * covariance.squares(more.second, scale)


def log_density(theta: Mixture, prior: Prior) -> Float[Tensor, ""]:
    """Log of the prior density of a mixture's means and covariances, [], float64.

    The density is with respect to the means and the covariances' free entries; a mean without a prior
    (shrinkage 0) contributes nothing.

    Args:
        theta: a `Mixture`.
        prior: a Prior that fits it.
    """
    k, dim = theta.mu.shape
    dof, size = prior.dof, dim if covariance.is_matrix(theta.scale) else 1
    log_gamma = 0.25 * size * (size - 1) * math.log(math.pi)
    log_gamma += sum(math.lgamma(0.5 * (dof - j)) for j in range(size))
    if covariance.is_matrix(theta.scale):
        log_det = np.linalg.slogdet(prior.scale)[1]
        constant = 0.5 * dof * (log_det - size * math.log(2)) - log_gamma
    else:
        scale = np.broadcast_to(prior.scale, theta.scale.shape[1:])
        constant = np.sum(0.5 * dof * np.log(0.5 * scale) - log_gamma)
    constant *= theta.scale.shape[0]
    if prior.shrinkage > 0:
        constant += 0.5 * k * dim * math.log(prior.shrinkage / (2 * math.pi))
    return constant + log_kernel(theta, moved(prior, np.zeros(dim), np.ones(dim)))
