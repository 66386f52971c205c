"""Rows with missing values, sorted into blocks that lack the same coordinates."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf import blocks, missing
from gmm_tf.mixture import Mixture
from gmm_tf.names import Kind
from gmm_tf.shapes import Bool, Float, Int, Tensor


class Patterns(NamedTuple):
    """Blocks of rows that lack the same coordinates."""

    rows: Int[np.ndarray, "B R"]  # indices of the rows; -1 in unused places
    observed: Bool[np.ndarray, "B D"]  # which coordinates are observed

    def take(self, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "B D R"]:
        """Rows of x [N, D] as blocks [B, D, R], with 0 in unused places."""
        x = np.where(self.rows[..., None] >= 0, x[self.rows], 0.0)
        return np.nan_to_num(np.swapaxes(x, 1, 2))

    def put_back(self, values: np.ndarray) -> np.ndarray:
        """Values of each row, [B, R, ...], in the order of the rows, [N, ...]."""
        there = self.rows >= 0
        result = np.empty((np.count_nonzero(there), *values.shape[2:]), values.dtype)
        result[self.rows[there]] = values[there]
        return result


def patterns_of(x: Float[np.ndarray, "N D"]) -> Patterns:
    """The Patterns of x [N, D], NaN where missing; block lengths follow the patterns' frequencies."""
    here = ~np.isnan(x)
    _, at, pattern, counts = np.unique(
        np.packbits(here, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    pattern = pattern.ravel()
    size = min(blocks.PRODUCT_ROW, 1 << (len(x) // len(counts)).bit_length() - 1)
    needed = -(-counts // size)
    order = np.argsort(pattern, kind="stable")
    rank = np.arange(len(x)) - np.repeat(np.cumsum(counts) - counts, counts)
    block = np.repeat(np.cumsum(needed) - needed, counts) + rank // size
    rows = np.full((needed.sum(), size), -1)
    rows[block, rank % size] = order
    return Patterns(rows, np.repeat(here[at], needed, axis=0))


def pack(
    x: Float[np.ndarray, "N D"], k: int, kind: str, weights: Float[np.ndarray, "N"] | None = None
) -> blocks.Data:
    """x [N, D], NaN where missing, as `blocks.Data` in units of its spread.

    Args:
        x: float64 array with a value in each row and each column.
        k: number of components.
        kind: of their covariances.
        weights: [N], how often each observation counts; once if None.
    """
    frame = _frame_of(x, kind)
    found = patterns_of((x - frame.origin) / frame.unit)
    count, size = found.rows.shape
    steps = -(-count // max(1, blocks.WORKING_SET // (k * x.shape[1] * max(size, x.shape[1]))))
    together = -(-count // steps)
    more = steps * together - count
    # Empty blocks fill the last step.
    found = Patterns(
        np.pad(found.rows, ((0, more), (0, 0)), constant_values=-1),
        np.pad(found.observed, ((0, more), (0, 0)), constant_values=True),
    )
    weights = np.ones(len(x)) if weights is None else weights
    columns = found.take((x - frame.origin) / frame.unit)
    part = blocks.Part(
        tf.constant(columns.reshape(steps, together, *columns.shape[1:])),
        tf.constant(np.where(found.rows >= 0, weights[found.rows], 0.0).reshape(steps, together, size)),
        tf.constant(found.observed.reshape(steps, together, -1).astype(np.float64)),
    )
    return blocks.Data((part,), tf.constant(weights.sum(), tf.float64), frame)


def _frame_of(x: Float[np.ndarray, "N D"], kind: str) -> blocks.Frame:
    """The `blocks.Frame` of the observed values."""
    columns = (column[~np.isnan(column)][:, None] for column in x.T)
    frames = zip(*(blocks.frame_of(column, blocks.Units.EACH) for column in columns), strict=True)
    origin, unit, spread = map(np.concatenate, frames)
    if kind == Kind.SPHERICAL:
        unit = np.full_like(unit, np.mean(unit**2) ** 0.5)
    return blocks.Frame(origin, unit, spread)


def filled(x: Float[np.ndarray, "N D"], rng: np.random.Generator) -> Float[np.ndarray, "N D"]:
    """x with every missing value drawn from the observed values of its column, for a start."""
    x = x.copy()
    for column in x.T:
        gone = np.isnan(column)
        column[gone] = rng.choice(column[~gone], np.count_nonzero(gone))
    return x


def log_joint(x: Float[np.ndarray, "N D"], theta: Mixture) -> Float[np.ndarray, "N K"]:
    """log p(x_observed, z = k), [N, K], of x [N, D] with NaN where values are missing."""
    found, (columns, observed) = _blocks(x, theta)
    known = missing.regression(observed, theta.scale)
    joint = missing.log_joint_blocks(columns, observed, theta, known)
    return found.put_back(np.swapaxes(joint.numpy(), 1, 2))


def impute(x: Float[np.ndarray, "N D"], theta: Mixture) -> Float[np.ndarray, "N D"]:
    """x [N, D] with E[x | x_observed] where it is NaN."""
    found, (columns, observed) = _blocks(x, theta)
    return found.put_back(np.swapaxes(missing.expected(columns, observed, theta).numpy(), 1, 2))


def _blocks(
    x: Float[np.ndarray, "N D"], theta: Mixture
) -> tuple[Patterns, tuple[Float[Tensor, "B D R"], Float[Tensor, "B D"]]]:
    """(Patterns, (blocks, observed)) of x, in the dtype of theta."""
    found = patterns_of(x)
    return found, (tf.cast(found.take(x), theta.mu.dtype), tf.cast(found.observed, theta.mu.dtype))
