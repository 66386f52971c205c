"""Data in memory as blocks that fit the cache, in units of their own spread."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import mixture
from gmm_tf.em import LANES

# Observations whose float32 sum is exact enough to go on in float64: of a plain sum, and of a matrix
# product, which loses what is small beside the sum so far.
ROW = 4096
PRODUCT_ROW = 256
# Blocks that cores share where sums are in lanes (`em.e_step`).
LANED_BLOCKS = 4
# So few numbers for each observation are as fast without matrix products.
FEW = 16
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


def shape_of_blocks(numbers):
    """(observations a block, blocks a step) where each observation makes so many numbers."""
    fitting = WORKING_SET // numbers
    if numbers > FEW:
        return PRODUCT_ROW, max(1, fitting // PRODUCT_ROW)
    power_of_two = 1 << (fitting.bit_length() - 1)
    return power_of_two // LANED_BLOCKS, LANED_BLOCKS


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


def pack(x, k, dtype, weights=None, standardise=None, frame=None):
    """x [N, D] as Data for passes with k components.

    Args:
        x: float64 array.
        dtype: of the blocks.
        weights: [N], how often each observation counts; once if None.
        standardise: as in `frame_of`.
        frame: (origin, unit) in place of those of x itself.
    """
    dim = x.shape[1]
    origin, unit = frame_of(x, standardise) if frame is None else frame
    centred = x - origin
    centred /= unit
    columns = np.ascontiguousarray(centred.T, tf.as_dtype(dtype).as_numpy_dtype)
    if weights is not None:
        weights = np.asarray(weights, columns.dtype)
    row, rows = shape_of_blocks(k * dim)
    whole = len(x) // (rows * row) * (rows * row)
    parts = [_part(columns[:, :whole], weights if weights is None else weights[:whole], rows, row)]
    if whole < len(x):
        rest = columns[:, whole:], weights if weights is None else weights[whole:]
        short = -(-(len(x) - whole) // min(row, ROW))
        # A few observations more, which do not count, make lanes of many.
        laned = row > ROW and short > LANED_BLOCKS
        parts += [_padded(*rest, LANED_BLOCKS, LANES) if laned else _padded(*rest, short)]
    parts = tuple(part for part in parts if part.x.shape[0] > 0)
    count = len(x) if weights is None else np.sum(weights, dtype=np.float64)
    return Data(parts, tf.constant(count, tf.float64), origin, unit)


def _part(columns, weights, rows, row):
    blocks = columns.reshape(len(columns), -1, rows, row).transpose(1, 2, 0, 3)
    return Part(
        tf.constant(blocks), None if weights is None else tf.constant(weights.reshape(-1, rows, row))
    )


def _padded(columns, weights, rows, multiple=1):
    """One step of `rows` blocks, the last filled up with observations that do not count.

    Args:
        multiple: divides the observations of a block.
    """
    row = -(-columns.shape[1] // (rows * multiple)) * multiple
    missing = rows * row - columns.shape[1]
    if missing:
        if weights is None:
            weights = np.ones(columns.shape[1], columns.dtype)
        weights = np.pad(weights, (0, missing))
        columns = np.pad(columns, ((0, 0), (0, missing)), mode="edge")
    return _part(columns, weights, rows, row)
