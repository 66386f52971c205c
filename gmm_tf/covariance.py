"""Shapes of covariance and their square roots.

A `scale` holds the square roots of all covariances of a mixture, unconstrained. Its shape says their
kind: logarithms of standard deviations [K, D] for "diag" and [K, 1] for "spherical"; lower triangular
Cholesky factors, with the logarithm of the diagonal on the diagonal, [K, D, D] for "full" and [1, D, D]
for "tied".
"""

import math
from collections.abc import Sequence

import tensorflow as tf

from gmm_tf.names import Kind
from gmm_tf.shapes import Bool, Float, Scale, Tensor

KINDS = tuple(Kind)
# Relative to the largest eigenvalue and for each dimension, what a decomposition leaves of one that is zero.
ROUNDING = 2e-15


def check_kind(covariance: str) -> Kind:
    """The kind of that name.

    Raises:
        ValueError: another name.
    """
    if covariance not in KINDS:
        raise ValueError(f"Expected covariance one of {', '.join(KINDS)}, got {covariance!r}.")
    return Kind(covariance)


def scale_shape(k: int, dim: int, covariance: str) -> tuple[int, ...]:
    """Shape of the scale of k components in `dim` dimensions.

    Raises:
        ValueError: a covariance that is no `Kind`.
    """
    shapes: dict[Kind, tuple[int, ...]] = {
        Kind.FULL: (k, dim, dim),
        Kind.TIED: (1, dim, dim),
        Kind.DIAG: (k, dim),
        Kind.SPHERICAL: (k, 1),
    }
    return shapes[check_kind(covariance)]


def is_matrix(scale: Tensor) -> bool:
    return len(scale.shape) == 3


def free_parameters(shape: Sequence[int]) -> int:
    """Number of free parameters in a scale of this shape."""
    if len(shape) == 3:
        return shape[0] * shape[1] * (shape[1] + 1) // 2
    return math.prod(shape)


def lower(scale: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The scale, or other weights, with zeros above the diagonal of matrices."""
    return tf.linalg.band_part(scale, -1, 0) if is_matrix(scale) else scale


def factor(scale: Float[Tensor, "M D D"]) -> Float[Tensor, "M D D"]:
    """Cholesky factors [K, D, D] or [1, D, D] of a matrix scale."""
    return tf.linalg.set_diag(lower(scale), tf.exp(tf.linalg.diag_part(scale)))


def from_factor(cholesky: Float[Tensor, "M D D"]) -> Float[Tensor, "M D D"]:
    """Matrix scale of Cholesky factors."""
    return tf.linalg.set_diag(cholesky, tf.math.log(tf.linalg.diag_part(cholesky)))


def log_det(scale: Scale, dim: int) -> Float[Tensor, "K"] | Float[Tensor, "1"]:
    """Logarithm of the determinant of the square root, [K] or [1]."""
    if is_matrix(scale):
        return tf.linalg.trace(scale)
    return tf.reduce_sum(scale + tf.zeros([dim], scale.dtype), axis=-1)


def inverse(scale: Scale) -> Scale:
    """What whitens: 1/sigma like the scale, or the inverse of the factor, lower triangular."""
    if is_matrix(scale):
        root = factor(scale)
        eye = tf.eye(root.shape[-1], batch_shape=[root.shape[0]], dtype=root.dtype)
        return tf.linalg.triangular_solve(root, eye)
    # 0 times infinity would be NaN.
    return tf.minimum(tf.exp(-scale), scale.dtype.max**0.5)


def whiten(distance: Float[Tensor, "... K D N"], scale: Scale) -> Float[Tensor, "... K D N"]:
    """L^-1 d, [..., K, D, N], for distances of that shape."""
    if is_matrix(scale):
        return tf.matmul(inverse(scale), distance)
    return distance * inverse(scale)[..., None]


def squares(second: Scale, scale: Scale) -> Float[Tensor, ""]:
    """Sum over components of tr(Sigma^-1 S), [], for S as in `em.Statistics.second`."""
    whitening = inverse(scale)
    if is_matrix(scale):
        return tf.reduce_sum(tf.matmul(whitening, second) * whitening)
    return tf.reduce_sum(second * whitening**2)


def colour(noise: Float[Tensor, "K D"], scale: Scale) -> Float[Tensor, "K D"]:
    """L e for one row e of `noise` and one of `scale` each."""
    if is_matrix(scale):
        return tf.linalg.matvec(factor(scale), noise)
    return noise * tf.exp(scale)


def matrices(scale: Tensor, k: int, dim: int) -> Float[Tensor, "K D D"]:
    """Covariances [K, D, D], whatever their kind."""
    if is_matrix(scale):
        root = factor(scale)
        full = tf.matmul(root, root, transpose_b=True)
    else:
        full = tf.linalg.diag(tf.exp(2 * tf.broadcast_to(scale, [k, dim])))
    return tf.broadcast_to(full, [k, dim, dim])


def from_moments(
    moments: Scale,
    floor: Float[Tensor, "D"] | Float[Tensor, "K D"] | Float[Tensor, "1 D"] | Float[Tensor, "K 1"],
) -> Scale:
    """Scale of covariances that are given as diagonals or matrices, in the shape of the scale.

    `floor` [D], or one for each of the moments, is the least variance: of each coordinate, and in its
    units of every direction. The result maximises the likelihood under that bound.
    """
    if not is_matrix(moments):
        return 0.5 * tf.math.log(tf.maximum(moments, floor))
    unit = tf.sqrt(floor)
    relative = moments / (unit[..., :, None] * unit[..., None, :])
    # Eigenvalues take many times as long as a factor, and seldom is any below the floor.
    root = tf.cond(
        _all_above_one(relative), lambda: tf.linalg.cholesky(relative), lambda: _bounded_factor(relative)
    )
    return from_factor(unit[..., :, None] * root)


def _all_above_one(matrices: Float[Tensor, "M D D"]) -> Bool[Tensor, ""]:
    """Whether the eigenvalues of symmetric matrices are above 1, and above what rounding leaves of zero.

    A matrix that is not positive definite has a factor of NaN.
    """
    least = 1 + ROUNDING * matrices.shape[-1] * tf.linalg.trace(matrices)
    rest = tf.linalg.set_diag(matrices, tf.linalg.diag_part(matrices) - least[:, None])
    return tf.reduce_all(tf.math.is_finite(tf.linalg.cholesky(rest)))


def _bounded_factor(matrices: Float[Tensor, "M D D"]) -> Float[Tensor, "M D D"]:
    """Cholesky factors of symmetric matrices whose eigenvalues below 1 are raised to 1."""
    values, vectors = tf.linalg.eigh(matrices)
    # Data without any variance leave a floor that is less than the rounding of the decomposition.
    least = tf.maximum(ROUNDING * matrices.shape[-1] * values[:, -1:], 1.0)
    vectors *= tf.sqrt(tf.maximum(values, least))[:, None]
    return tf.linalg.cholesky(tf.matmul(vectors, vectors, transpose_b=True))


def rescaled(scale: Scale, unit: Float[Tensor, "_"]) -> Scale:
    """Scale after every coordinate d was multiplied by unit[d]; equal units for "spherical"."""
    if is_matrix(scale):
        grown = lower(scale) * unit[:, None]
        return tf.linalg.set_diag(grown, tf.linalg.diag_part(scale) + tf.math.log(unit))
    return scale + tf.math.log(unit[: scale.shape[1]])
