"""Data in memory as blocks that fit the cache, in units of their own spread."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import mixture
from gmm_tf.em import LANES

# So few numbers for each observation are as fast without matrix products.
FEW = 16
# Blocks that cores share where nothing is a product, and sums are in lanes (`em.e_step`).
LANED_BLOCKS = 4
# Observations over which a product sums: it loses what is small beside the sum so far.
PRODUCT_ROW = 256
# Numbers that one pass over blocks makes, one per observation, component and dimension.
WORKING_SET = 1 << 20
# Observations that are enough for a median.
GLANCE = 10_000


class Part(NamedTuple):
    """Blocks of equal shape."""

    x: tf.Tensor  # [steps, blocks, D, observations]
    weights: tf.Tensor | None  # [steps, blocks, observations], how often each counts; once if None


class Data(NamedTuple):
    """Observations (x - origin) / unit."""

    parts: tuple  # of Part
    count: tf.Tensor  # [], float64, sum of the weights
    origin: np.ndarray  # [D], float64
    unit: np.ndarray  # [D], float64

    def inside(self, theta):
        """A mixture of x as one of the blocks."""
        return mixture.moved(theta, -self.origin / self.unit, 1 / self.unit)

    def outside(self, theta):
        """A mixture of the blocks as one of x."""
        return mixture.moved(theta, self.origin, self.unit)

    @property
    def log_unit(self):
        """What a log-density of the blocks is above one of x."""
        return np.log(self.unit).sum()


def is_few(k, dim):
    """Whether distances from the means cost no more than matrix products of the blocks."""
    return k * dim <= FEW


def shapes_of_parts(n, k, dim, kind):
    """(steps, blocks, observations) of each part of n observations; what fits in none comes last."""
    fitting = max(1, WORKING_SET // (k * dim))
    # Matrices of second moments are products in any case.
    if is_few(k, dim) and kind in ("diag", "spherical"):
        blocks, row = LANED_BLOCKS, (1 << (fitting.bit_length() - 1)) // LANED_BLOCKS
        rest = n % (blocks * row)
        smaller = (1, blocks, rest // (blocks * LANES) * LANES)
    else:
        blocks, row = max(1, fitting // PRODUCT_ROW), PRODUCT_ROW
        rest = n % (blocks * row)
        smaller = (1, rest // row, row)
    whole = n // (blocks * row), blocks, row
    last = 1, 1, rest - math.prod(smaller)
    return [shape for shape in (whole, smaller, last) if math.prod(shape)]


def frame_of(x, standardise=None):
    """(origin, unit) [D] that put x [N, D] near 0, in units of its spread.

    Args:
        x: float64 array.
        standardise: "each" coordinate by its own spread, "all" by one; units of 1 if None.
    """
    dim = x.shape[1]
    # A median, unlike a mean, stays with the bulk of the data whatever the outliers.
    origin = np.median(x[:: -(-len(x) // GLANCE)], axis=0)
    unit = np.ones(dim)
    if standardise is not None:
        centred = x - origin
        largest = np.abs(centred).max(axis=None if standardise == "all" else 0)
        largest = np.where(largest > 0, largest, 1.0)
        spread = np.mean((centred / largest) ** 2, axis=None if standardise == "all" else 0) ** 0.5
        unit = np.broadcast_to(largest * np.where(spread > 0, spread, 1.0), [dim])
    return origin, unit


def pack(x, k, kind, dtype, weights=None, standardise=None, frame=None):
    """x [N, D] as Data for passes with k components of a kind of covariance.

    Args:
        x: float64 array.
        dtype: of the blocks.
        weights: [N], how often each observation counts; once if None.
        standardise: as in `frame_of`.
        frame: (origin, unit) in place of those of x itself.
    """
    n, dim = x.shape
    origin, unit = frame_of(x, standardise) if frame is None else frame
    centred = x - origin
    centred /= unit
    columns = np.ascontiguousarray(centred.T, tf.as_dtype(dtype).as_numpy_dtype)
    if weights is not None:
        weights = np.asarray(weights, columns.dtype)
    parts, start = [], 0
    for shape in shapes_of_parts(n, k, dim, kind):
        piece = slice(start, start + math.prod(shape))
        blocks = columns[:, piece].reshape(dim, *shape).transpose(1, 2, 0, 3)
        parts.append(Part(
            tf.constant(blocks), None if weights is None else tf.constant(weights[piece].reshape(shape))
        ))  # fmt: skip
        start = piece.stop
    count = n if weights is None else np.sum(weights, dtype=np.float64)
    return Data(tuple(parts), tf.constant(count, tf.float64), origin, unit)
