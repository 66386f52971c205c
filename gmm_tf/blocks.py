"""Data in memory as blocks that fit the cache, in units of their own spread."""

import enum
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import em, mixture
from gmm_tf.em import GLANCE, LANES
from gmm_tf.mixture import Mixture
from gmm_tf.names import Kind
from gmm_tf.shapes import DType, Float, Tensor

# Below this K * D, elementwise distances are as fast as matrix products.
FEW = 16
# Number of blocks for elementwise passes, which the cores share; sums are in lanes (`em.e_step`).
LANED_BLOCKS = 4
# Observations summed by one matrix product; longer float32 sums lose small summands.
PRODUCT_ROW = 256
# Numbers computed in one pass over blocks: observations times components times dimensions.
WORKING_SET = 1 << 20
# The same on a GPU, which idles between passes: a few hundred megabytes per array.
GPU_WORKING_SET = 1 << 26
# Largest distance from the origin, in units, whose squares float32 can sum.
FARTHEST = 1e9


class Part(NamedTuple):
    """Blocks of equal shape."""

    x: Float[Tensor, "steps B D N"]
    weights: Float[Tensor, "steps B N"] | None  # how often each counts; once if None
    observed: Float[Tensor, "steps B D"] | None = None  # 1 or 0 as in `missing`; all if None


class Frame(NamedTuple):
    """Where observations lie; float64."""

    origin: Float[np.ndarray, "D"]
    unit: Float[np.ndarray, "D"]
    spread: Float[np.ndarray, "D"]  # as in `em.spread`


class Data(NamedTuple):
    """Observations (x - origin) / unit."""

    parts: tuple[Part, ...]
    count: Float[Tensor, ""]  # float64, sum of the weights
    frame: Frame

    def inside(self, theta: Mixture) -> Mixture:
        """A mixture of x as one of the blocks."""
        return mixture.moved(theta, -self.frame.origin / self.frame.unit, 1 / self.frame.unit)

    def outside(self, theta: Mixture) -> Mixture:
        """A mixture of the blocks as one of x."""
        return mixture.moved(theta, self.frame.origin, self.frame.unit)

    def floor(self, variance_floor: float, scale_shape: Sequence[int]) -> Float[np.ndarray, "D"]:
        """`em.least_variance` of the blocks, [D]."""
        spread = self.frame.spread / self.frame.unit
        return em.least_variance(variance_floor, spread**2, scale_shape)

    @property
    def log_unit(self) -> float:
        """Mean over rows of the log-density of the blocks minus that of x."""
        log_unit = np.log(self.frame.unit)
        if not self.has_missing:
            return log_unit.sum()
        totals = (
            tf.reduce_sum(part.weights * tf.linalg.matvec(part.observed, log_unit)[..., None])
            for part in self.parts
        )
        return float(sum(totals) / self.count)

    @property
    def has_missing(self) -> bool:
        return any(part.observed is not None for part in self.parts)


def is_few(k: int, dim: int) -> bool:
    """Whether elementwise distances from the means cost no more than matrix products."""
    return k * dim <= FEW


def shapes_of_parts(
    n: int, k: int, dim: int, kind: str, room: int = WORKING_SET
) -> list[tuple[int, int, int]]:
    """(steps, blocks, observations) of each part of n observations; the remainder comes last.

    Args:
        room: numbers that one pass may compute.
    """
    fitting = max(1, room // (k * dim))
    # Matrices of second moments are computed by products anyway.
    if is_few(k, dim) and kind in (Kind.DIAG, Kind.SPHERICAL):
        blocks, row = LANED_BLOCKS, (1 << (fitting.bit_length() - 1)) // LANED_BLOCKS
        rest = n % (blocks * row)
        smaller = (1, blocks, rest // (blocks * LANES) * LANES)
    else:
        # What is less than two rows is one, as every other shape is compiled for itself.
        row = n if n < 2 * PRODUCT_ROW else PRODUCT_ROW
        blocks = max(1, fitting // row)
        rest = n % (blocks * row)
        smaller = (1, rest // row, row)
    whole = n // (blocks * row), blocks, row
    last = 1, 1, rest - math.prod(smaller)
    return [shape for shape in (whole, smaller, last) if math.prod(shape)]


class Units(enum.Enum):
    """The units of the blocks."""

    ONE = enum.auto()  # those of x
    EACH = enum.auto()  # of each coordinate its own spread
    ALL = enum.auto()  # one spread of all coordinates, which keeps spheres round


def units_for(kind: str) -> Units:
    """The units in which a mixture of this kind of covariance is fitted."""
    return Units.ALL if kind == Kind.SPHERICAL else Units.EACH


def frame_of(x: Float[np.ndarray, "N D"], units: Units) -> Frame:
    """The Frame that puts x [N, D] near 0, in units of its spread.

    Median and robust spread ignore outliers, unless these would exceed the range of float32.

    Args:
        x: float64 array.
    """
    origin = np.median(x[:: -(-len(x) // GLANCE)], axis=0)
    spread = em.spread(x)
    least, most = x.min(axis=0), x.max(axis=0)
    # A coordinate that varies so rarely that the sample had only one value.
    rare = (spread == 0) & (most > least)
    spread[rare] = x[:, rare].std(axis=0)
    if units is Units.ONE:
        return Frame(origin, np.ones_like(origin), spread)
    largest = np.maximum(most - origin, origin - least)
    unit = np.maximum(spread, largest / FARTHEST)
    if units is Units.ALL:
        unit = np.full_like(unit, np.maximum(np.mean(unit**2) ** 0.5, largest.max() / FARTHEST))
    return Frame(origin, np.where(unit > 0, unit, 1.0), spread)


def pack(
    x: Float[np.ndarray, "N D"],
    k: int,
    kind: str,
    dtype: DType,
    frame: Frame,
    weights: Float[np.ndarray, "N"] | None = None,
) -> Data:
    """x [N, D] as Data for passes with k components of a kind of covariance.

    Args:
        x: float64 array.
        dtype: of the blocks.
        frame: as `frame_of` makes it.
        weights: [N], how often each observation counts; once if None.
    """
    n, dim = x.shape
    centred = x - frame.origin
    centred /= frame.unit
    columns = np.ascontiguousarray(centred.T, tf.as_dtype(dtype).as_numpy_dtype)
    if weights is not None:
        weights = np.asarray(weights, columns.dtype)
    parts, start = [], 0
    room = GPU_WORKING_SET if "GPU" in tf.zeros([]).device else WORKING_SET
    for shape in shapes_of_parts(n, k, dim, kind, room):
        piece = slice(start, start + math.prod(shape))
        blocks = columns[:, piece].reshape(dim, *shape).transpose(1, 2, 0, 3)
        parts.append(
            Part(tf.constant(blocks), None if weights is None else tf.constant(weights[piece].reshape(shape)))
        )
        start = piece.stop
    count = n if weights is None else np.sum(weights, dtype=np.float64)
    return Data(tuple(parts), tf.constant(count, tf.float64), frame)
