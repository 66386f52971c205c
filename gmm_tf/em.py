"""The E-step and the M-step of expectation-maximisation, connected by sums over observations.

Blocks are [B, D, N]: sums over N are in the dtype of the blocks and sums over B in float64, so that rounding
errors do not accumulate over millions of float32 observations.
"""

from collections.abc import Sequence
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from gmm_tf import covariance, priors
from gmm_tf.mixture import (
    ABSENT,
    Mixture,
    cast,
    is_absent,
    is_tied,
    log_joint_blocks,
    log_weights_and_constants,
    to_blocks,
)
from gmm_tf.shapes import Float, Scale, Tensor

# Number of partial sums accumulated in parallel when N is large enough.
LANES = 256
# Below this share of one observation a component is empty and keeps its mean and scale.
EMPTY = 1e-30
# Relative to the variance of the data: a variance this small is rounding.
ROUNDING = 1e-20
# For matrices: smaller eigenvalues are lost in the rounding of the decomposition.
MATRIX_FLOOR = 1e-10
# Keeps log sigma finite when the data have no variance, as for N = 1.
LEAST_VARIANCE = 1e-24
# Number of observations that is enough for quantiles.
GLANCE = 10_000
# (share cut off on each side, width of the remaining range of a standard normal), from wide to narrow.
CENTRAL_RANGES = ((0.01, 4.6527), (0.05, 3.2897), (0.1, 2.5631), (0.25, 1.3490))


class Statistics(NamedTuple):
    """Sums over observations, float64, that determine an EM step; they add over batches."""

    log_likelihood: Float[Tensor, ""] | float
    n: Float[Tensor, "K"]  # expected number of observations
    first: Float[Tensor, "K D"]  # of x - mu, weighted by the posterior
    second: Scale  # of (x - mu)^2 [K, D], or of (x - mu)(x - mu)^T [K, D, D], summed if tied


# The fields of `Statistics` after the first.
Moments: TypeAlias = tuple[Float[Tensor, "K"], Float[Tensor, "K D"], Scale]


def statistics_shapes(k: int, dim: int, scale: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Shapes of the fields of the Statistics of a mixture with this shape of scale."""
    return (), (k,), (k, dim), tuple(scale) if len(scale) == 3 else (k, dim)


def added(one: Statistics, other: Statistics) -> Statistics:
    """Statistics of two disjoint sets of observations together."""
    return Statistics(*(a + b for a, b in zip(one, other, strict=True)))


def e_step(
    blocks: Float[Tensor, "B D N"],
    theta: Mixture,
    weights: Float[Tensor, "B N"] | None = None,
    beta: Float[Tensor, ""] | float | None = None,
    centred: bool = True,
) -> Statistics:
    """Statistics of blocks [B, D, N] under the posterior (Bishop 2006, eq. 9.23, 9.27).

    Args:
        weights: [B, N], how often each observation counts; once if None.
        beta: inverse temperature: the posterior is proportional to p(x, z)^beta (Ueda & Nakano 1998);
            the log-likelihood is not tempered.
        centred: subtract the means first. Otherwise matrix products of the blocks themselves are used, which
            are faster but multiply rounding errors by about (|mu| / sigma)^2.
    """
    joint = (log_joint_blocks if centred else _log_joint_by_products)(blocks, theta)
    r, total, log_px = responsibilities(joint, weights, beta)
    moments = _moments if centred else _moments_by_products
    return Statistics(tf.reduce_sum(_over_observations(log_px)), *moments(blocks, r, total, theta))


def responsibilities(
    joint: Float[Tensor, "B K N"],
    weights: Float[Tensor, "B N"] | None = None,
    beta: Float[Tensor, ""] | float | None = None,
) -> tuple[Float[Tensor, "B K N"], Float[Tensor, "B 1 N"], Float[Tensor, "B 1 N"]]:
    """(r, total, log p(x)) of log p(x, z = k) [..., K, N]: r / total are the posterior times the weights.

    Args:
        weights, beta: as in `e_step`.
    """
    tempered = joint if beta is None else beta * joint
    top = tf.reduce_max(tempered, axis=-2, keepdims=True)
    r = tf.exp(tempered - top)
    total = tf.reduce_sum(r, axis=-2, keepdims=True)
    if beta is None:
        log_px = top + tf.math.log(total)
    else:
        log_px = tf.reduce_logsumexp(joint, axis=-2, keepdims=True)
    if weights is not None:
        r, log_px = r * weights[:, None], log_px * weights[:, None]
    return r, total, log_px


def _over_observations(values: Float[Tensor, "... N"]) -> Float[Tensor, "..."]:
    """Sum over the last axis, as float64; short sums are in the values' dtype."""
    length = values.shape[-1]
    if length and length > LANES and length % LANES == 0:
        # Vector instructions add neighbours in parallel, and each sum stays short.
        values = tf.reduce_sum(tf.reshape(values, [*values.shape[:-1], -1, LANES]), axis=-2)
        return tf.reduce_sum(tf.cast(values, tf.float64), axis=-1)
    return tf.cast(tf.reduce_sum(values, axis=-1), tf.float64)


def _moments(
    blocks: Float[Tensor, "B D N"],
    r: Float[Tensor, "B K N"],
    total: Float[Tensor, "B 1 N"] | float,
    theta: Mixture,
) -> Moments:
    """Sums of r, r d and r d^2 or r d d^T, for d = x - mu and r [B, K, N] that `total` divides."""
    r /= total
    d = blocks[:, None] - theta.mu[..., None]
    rd = r[:, :, None] * d
    if covariance.is_matrix(theta.scale):
        second = tf.cast(tf.matmul(rd, d, transpose_b=True), tf.float64)
        if is_tied(theta):
            second = tf.reduce_sum(second, axis=1, keepdims=True)
    else:
        second = _over_observations(rd * d)
    sums = _over_observations(r), _over_observations(rd), second
    return tuple(tf.reduce_sum(value, axis=0) for value in sums)


def _log_joint_by_products(blocks: Float[Tensor, "B D N"], theta: Mixture) -> Float[Tensor, "B K N"]:
    """`log_joint_blocks` by L^-1 x - L^-1 mu instead of L^-1 (x - mu)."""
    if not covariance.is_matrix(theta.scale):
        return log_joint_blocks(blocks, theta)
    k, dim = theta.mu.shape
    whitening = tf.broadcast_to(covariance.inverse(theta.scale), [k, dim, dim])
    shift = tf.linalg.matvec(whitening, theta.mu)
    z = tf.matmul(tf.reshape(whitening, [k * dim, dim]), blocks) - tf.reshape(shift, [k * dim, 1])
    square = tf.reshape(z * z, [-1, k, dim, blocks.shape[-1]])
    return log_weights_and_constants(theta)[:, None] - 0.5 * tf.reduce_sum(square, axis=2)


def _moments_by_products(
    blocks: Float[Tensor, "B D N"],
    r: Float[Tensor, "B K N"],
    total: Float[Tensor, "B 1 N"] | float,
    theta: Mixture,
) -> Moments:
    """`_moments` from products of r with the blocks; the means are subtracted in float64."""

    def product(left: Tensor, right: Tensor) -> Tensor:
        return tf.reduce_sum(tf.cast(tf.matmul(left, right, transpose_b=True), tf.float64), axis=0)

    if covariance.is_matrix(theta.scale):
        r /= total
        n = tf.reduce_sum(_over_observations(r), axis=0)
        x = product(r, blocks)
        if is_tied(theta):
            second = product(blocks * tf.reduce_sum(r, axis=1, keepdims=True), blocks)[None]
        else:
            second = product(r[:, :, None] * blocks[:, None], blocks[:, None])
    else:
        features = tf.concat([blocks * blocks, blocks, tf.ones_like(blocks[:, :1])], axis=1)
        dim = theta.mu.shape[1]
        second, x, n = tf.split(product(r, features / total), [dim, dim, 1], axis=-1)
        n = n[:, 0]
    about_zero = Statistics(0.0, n, x, second)
    return shifted(about_zero, tf.cast(theta.mu, tf.float64), is_tied(theta))[1:]


def shifted(statistics: Statistics, d: Float[Tensor, "K D"], tied: bool) -> Statistics:
    """The statistics about means that are shifted by d [K, D]."""
    log_likelihood, n, first, second = statistics
    if len(second.shape) == 3:
        cross = d[:, :, None] * first[:, None]
        more = n[:, None, None] * d[:, :, None] * d[:, None]
        more -= cross + tf.linalg.matrix_transpose(cross)
        second += tf.reduce_sum(more, axis=0, keepdims=True) if tied else more
    else:
        second += (n[:, None] * d - 2 * first) * d
    return Statistics(log_likelihood, n, first - n[:, None] * d, second)


def with_ridge(statistics: Statistics, ridge: Float[Tensor, "D"]) -> Statistics:
    """The statistics of observations whose variance in coordinate d is larger by ridge[d], float64."""
    _, n, _, second = statistics
    if len(second.shape) == 3:
        more = n[:, None, None] * tf.linalg.diag(ridge)
        more = tf.reduce_sum(more, axis=0, keepdims=True) if second.shape[0] == 1 else more
    else:
        more = n[:, None] * ridge
    return statistics._replace(second=second + more)


def data_variance(statistics: Statistics, theta: Mixture) -> Float[Tensor, "D"]:
    """Variance of each coordinate over all observations, [D]; it does not depend on the mixture."""
    _, n, first, second = statistics
    if covariance.is_matrix(theta.scale):
        second = tf.linalg.diag_part(second)
    mu = tf.cast(theta.mu, tf.float64)
    count = tf.reduce_sum(n)
    mean = tf.reduce_sum(n[:, None] * mu + first, axis=0) / count
    apart = mu - mean
    between = tf.reduce_sum(2 * apart * first + n[:, None] * apart**2, axis=0)
    return tf.maximum((tf.reduce_sum(second, axis=0) + between) / count, 0.0)


def spread(x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "D"]:
    """Robust standard deviation of each coordinate of an array x [N, D], float64, [D]; 0 if constant.

    The smaller of the standard deviation and a central range in units of the normal distribution's
    (Silverman 1986, eq. 3.30): the interquartile range, or a wider one if that is zero, as in a column with
    few ones among zeros. Of many observations, a regular subsample is used.
    """
    x = np.asarray(x[:: max(1, -(-len(x) // GLANCE))], np.float64)
    x = np.sort(x, axis=0)
    # Rounding would give equal numbers a standard deviation above 0.
    std = np.where(x[-1] > x[0], x.std(axis=0), 0.0)
    robust, last = std, len(x) - 1
    for share, normal in CENTRAL_RANGES:
        width = x[round((1 - share) * last)] - x[round(share * last)]
        robust = np.where(width > 0, width / normal, robust)
    return np.minimum(std, robust)


def least_variance(
    variance_floor: float, variance: Float[Tensor, "D"], scale_shape: Sequence[int]
) -> Float[Tensor, "D"]:
    """The floor under the variances of a mixture with this shape of scale, in each coordinate, [D].

    Args:
        variance_floor: least variance in every direction, relative to `variance` [D].
    """
    if len(scale_shape) == 3:
        variance_floor = max(variance_floor, MATRIX_FLOOR)
    return variance_floor * variance + LEAST_VARIANCE


def update(
    statistics: Statistics,
    theta: Mixture,
    floor: Float[Tensor, "D"] | None = None,
    prior: priors.Prior | None = None,
) -> Mixture:
    """Mixture that maximises the expected log joint (Bishop 2006, eq. 9.24 to 9.26).

    `theta` is the mixture under which the statistics were computed. The second moments are about its means,
    so that no precision is lost near convergence. Without a prior, an empty component keeps its mean and
    scale; an absent one always does, and stays absent.

    Args:
        floor: [D], float64, of `least_variance`; None for the minimum that rounding requires.
        prior: a `priors.Prior`, float64 tensors, whose log-density is added to what is maximised (Fraley &
            Raftery 2007, tables 1 and 2); None for none.
    """
    if floor is None:
        floor = least_variance(ROUNDING, data_variance(statistics, theta), theta.scale.shape)
    _, n, first, second = statistics
    of_means = of_scales = n
    if prior is not None:
        more = priors.pseudo_statistics(prior, theta)
        of_means, of_scales = n + more.of_means, n + more.of_scales
        first, second = first + more.first, second + more.second
    shift = first / tf.maximum(of_means, EMPTY)[:, None]
    scale = _scale_of_moments(of_scales, shift, first, second, theta, floor)
    log_n = tf.where(is_absent(theta), tf.cast(ABSENT, tf.float64), tf.math.log(tf.maximum(n, EMPTY)))
    mu = tf.cast(theta.mu, tf.float64) + shift
    return cast(Mixture(tf.nn.log_softmax(log_n), mu, scale), theta.mu.dtype)


def _scale_of_moments(
    count: Float[Tensor, "K"],
    shift: Float[Tensor, "K D"],
    first: Float[Tensor, "K D"],
    second: Scale,
    theta: Mixture,
    floor: Float[Tensor, "D"],
) -> Scale:
    """Scale of the moments about the new means, which are shifted by `shift` [K, D]; float64.

    Args:
        count: [K], number of observations; an empty component keeps its scale.
        first, second: as in `Statistics`.
    """
    scale, tied = theta.scale, is_tied(theta)
    empty = tf.reshape(count < EMPTY, [-1] + [1] * (len(scale.shape) - 1))
    count = tf.maximum(count, EMPTY)[:, None]
    if covariance.is_matrix(scale):
        outer = shift[:, :, None] * first[:, None]
        if tied:
            outer, count = (tf.reduce_sum(value, axis=0, keepdims=True) for value in (outer, count))
        about_old, moments = second / count[:, :, None], (second - outer) / count[:, :, None]
        about_old = tf.linalg.diag_part(about_old)
    else:
        about_old = second / count
        moments = about_old - shift * first / count
    # If a mean moved far, its old second moment is too large to resolve a smaller new variance.
    floor = tf.maximum(floor, np.finfo(theta.mu.dtype.as_numpy_dtype).eps * about_old)
    if not covariance.is_matrix(scale) and scale.shape[1] == 1:
        moments, floor = (tf.reduce_mean(value, axis=1, keepdims=True) for value in (moments, floor))
    if covariance.is_matrix(scale) and not tied:
        # NaN in one matrix would break the decomposition of all; values above the floor are faster.
        moments = tf.where(empty, tf.linalg.diag(4 * floor), moments)
    new = covariance.from_moments(moments, floor)
    return new if tied else tf.where(empty, tf.cast(scale, new.dtype), new)


def expected_log_joint(theta: Mixture, statistics: Statistics, origin: Mixture) -> Float[Tensor, ""]:
    """Sum over observations of E[log p(x, z | theta)], float64 (Bishop 2006, eq. 9.30).

    Its gradient at `origin`, the mixture under which the statistics were computed, equals that of the
    log-likelihood (Fisher's identity; Salakhutdinov et al. 2003).
    """
    theta = cast(theta, tf.float64)
    # Otherwise a caller's tape would follow both means, and the gradients would cancel.
    d = theta.mu - tf.stop_gradient(tf.cast(origin.mu, tf.float64))
    _, n, _, second = shifted(statistics, d, is_tied(theta))
    squares = covariance.squares(second, theta.scale)
    return tf.reduce_sum(n * log_weights_and_constants(theta)) - 0.5 * squares


def m_step(
    x: Float[Tensor, "N D"],
    r: Float[Tensor, "N K"],
    kind: str = "diag",
    variance_floor: float = ROUNDING,
    prior: priors.Prior | None = None,
) -> Mixture:
    """Mixture that maximises the expected log joint given r [N, K] (Bishop 2006, eq. 9.24 to 9.26).

    Without a prior (see `update`), an empty component gets the mean and the covariance of all of x [N, D].
    The floor is `variance_floor` times the variance of x.
    """
    x64 = tf.cast(x, tf.float64)
    blocks, r64 = to_blocks(x64), to_blocks(tf.cast(r, tf.float64))
    theta = around_all(x64, tf.shape(r)[-1], kind)
    # The second pass computes the moments about the new means, without cancellation.
    for _ in range(2):
        statistics = Statistics(0.0, *_moments(blocks, r64, 1.0, theta))
        variance = data_variance(statistics, theta)
        theta = update(statistics, theta, least_variance(variance_floor, variance, theta.scale.shape), prior)
    return cast(theta, x.dtype)


def around_all(x: Float[Tensor, "N D"], k: int, kind: str) -> Annotated[Mixture, "of k components"]:
    """k equal components, each of weight 1 and with the mean and the variances of all of x [N, D]."""
    dim = x.shape[-1]
    mean, variance = tf.nn.moments(x, axes=[0])
    shape = covariance.scale_shape(k, dim, kind)
    variance += LEAST_VARIANCE
    if len(shape) == 3:
        log_sigma = tf.linalg.diag(0.5 * tf.math.log(variance))
    else:
        log_sigma = 0.5 * tf.math.log(tf.reduce_mean(tf.reshape(variance, [-1, shape[1]]), axis=0))
    return Mixture(tf.zeros([k], x.dtype), tf.broadcast_to(mean, [k, dim]), tf.broadcast_to(log_sigma, shape))
