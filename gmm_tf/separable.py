"""Exact inference where the coordinates separate once a few levels are chosen.

A level whose table is a grid (every combination of its values in each coordinate, with a product of
weights) chooses its coordinates independently. If all of them but the first few are grids, then given
these few the coordinates are independent, and a pass costs N * S * sum_d M_d exponentials: S
combinations of the shared levels, M_d of the values in coordinate d. For ten levels of the default
petals that is 4 * 2 * 512 instead of 4^10.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from gmm_tf.codebooks import Codebooks, combinations
from gmm_tf.leaves import WORKING_SET
from gmm_tf.loops import compiled
from gmm_tf.moments import Statistics
from gmm_tf.shapes import Float, Tensor

# Values that differ by less than this share of the largest are the same up to rounding in float32.
SAME = 1e-6


# Values and log-weights of one coordinate.
Axis: TypeAlias = tuple[Float[np.ndarray, "M"], Float[np.ndarray, "M"]]


class Split(NamedTuple):
    """A tree whose coordinates separate; the first level is always shared."""

    shared: Float[np.ndarray, "S D"]  # sums of the shared levels
    log_shared: Float[np.ndarray, "S"]  # their log-weights
    lower: Float[np.ndarray, "S D"]  # sums of the shared levels without the first
    cluster: Float[np.ndarray, "S C"]  # one-hot, the branch of the first level
    values: Float[np.ndarray, "D M"]  # sums of the other levels in each coordinate, padded with zeros
    log_values: Float[np.ndarray, "D M"]  # their log-weights, -inf where padded

    @property
    def terms(self) -> int:
        """Number of exponentials per observation."""
        return len(self.shared) * self.values.size


def split(theta: Codebooks) -> Split | None:
    """The `Split` of a tree, or None if enumerating the leaves is as cheap."""
    shared, grids = [0], []
    for level in range(1, theta.levels):
        axes = _axes(theta.tables[level], theta.log_weights[level])
        if axes:
            grids.append(axes)
        else:
            shared.append(level)
    if not grids:
        return None
    tables, log_weights = (tuple(each[i] for i in shared) for each in (theta.tables, theta.log_weights))
    few = Codebooks(tables, theta.std, log_weights)
    sums, log_shared, z = combinations(few, 0, len(shared))
    lower = sums - theta.tables[0][z[:, 0]]
    cluster = np.eye(len(theta.tables[0]))[z[:, 0]]
    coordinates = [_combined([axes[d] for axes in grids]) for d in range(theta.dim)]
    most = max(len(values) for values, _ in coordinates)
    values, log_values = np.zeros([theta.dim, most]), np.full([theta.dim, most], -np.inf)
    for d, (each, weights) in enumerate(coordinates):
        values[d, : len(each)], log_values[d, : len(each)] = each, weights
    found = Split(sums, log_shared, lower, cluster, values, log_values)
    return found if found.terms < theta.leaves else None


def statistics(theta: Codebooks, parts: Split, x: Float[np.ndarray, "N D"], beta: float = 1.0) -> Statistics:
    """`Statistics` of the first level under the exact posterior; other counts are None.

    Args:
        parts: the `Split` of theta.
        x: [N, D], float64.
        beta: as in `leaves.statistics`.
    """
    total = None
    for piece, terms in _pieces(theta, parts, x):
        sums = _sums(piece, terms, tf.constant(beta, tf.float64), parts.lower, parts.cluster)
        total = sums if total is None else tuple(a + b for a, b in zip(total, sums, strict=True))
    log_px, n, first, square = (value.numpy() for value in total or ())
    counts = (n, *[None] * (theta.levels - 1))
    return Statistics(counts, np.diag(n), first, float(square), float(log_px) / len(x) + theta.log_noise)


def log_density(theta: Codebooks, parts: Split, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N"]:
    """log p(x_n), [N]."""
    one = tf.constant(1.0, tf.float64)
    found = [_log_px(piece, terms, one)[0].numpy() for piece, terms in _pieces(theta, parts, x)]
    return np.concatenate(found) + theta.log_noise


def first_level(theta: Codebooks, parts: Split, x: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N C"]:
    """p(z_1 | x_n), [N, B_1]."""
    one, found = tf.constant(1.0, tf.float64), []
    for piece, terms in _pieces(theta, parts, x):
        log_px, log_shared = _log_px(piece, terms, one)
        found.append(np.exp(log_shared - log_px[:, None]))
    return np.concatenate(found) @ parts.cluster


def _axes(table: np.ndarray, log_weights: np.ndarray) -> list[Axis] | None:
    """[(values, log-weights)] of each coordinate if the table is a grid, else None."""
    size = SAME * np.abs(table).max()
    axes, weights, cells = [], np.exp(log_weights), []
    for column in table.T:
        order = np.argsort(column)
        index = np.empty(len(table), int)
        index[order] = np.cumsum(np.diff(column[order], prepend=column.min()) > size)
        p = np.bincount(index, weights)
        axes.append((np.bincount(index, column) / np.bincount(index), np.log(p)))
        cells.append((index, len(p)))
    shape = [count for _, count in cells]
    if np.prod(shape) != len(table):
        return None
    cell = np.ravel_multi_index([index for index, _ in cells], shape)
    product = np.prod([np.exp(w)[index] for (index, _), (_, w) in zip(cells, axes, strict=True)], axis=0)
    is_grid = len(np.unique(cell)) == len(table) and np.allclose(product, weights, rtol=1e-9, atol=0)
    return axes if is_grid else None


def _combined(axes: list[Axis]) -> Axis:
    """Sums and log-weights of one coordinate for all combinations of its levels' values."""
    sums, log_weights = np.zeros(1), np.zeros(1)
    for values, weights in axes:
        sums = (sums[:, None] + values).ravel()
        log_weights = (log_weights[:, None] + weights).ravel()
    return sums, log_weights


class _Terms(NamedTuple):
    """What the compiled functions sum over: of `Split`, and the noise."""

    shared: Float[Tensor, "S D"]
    log_shared: Float[Tensor, "S"]
    values: Float[Tensor, "D M"]
    log_values: Float[Tensor, "D M"]
    std: Float[Tensor, ""]


def _pieces(theta: Codebooks, parts: Split, x: Float[np.ndarray, "N D"]) -> list[tuple[Tensor, _Terms]]:
    """(x of a piece, `_Terms`) of each piece."""
    size = max(1, WORKING_SET // parts.terms)
    values = (parts.shared, parts.log_shared, parts.values, parts.log_values, theta.std)
    terms = _Terms(*(tf.constant(value, tf.float64) for value in values))
    return [(tf.constant(x[i : i + size]), terms) for i in range(0, len(x), size)]


def _log_joint(x: Float[Tensor, "N D"], terms: _Terms, beta: Float[Tensor, ""]) -> Float[Tensor, "N S D M"]:
    """beta log p(x_d | shared, value) + log p(value), [N, S, D, M]."""
    rest = x[:, None, :, None] - terms.shared[:, :, None] - terms.values
    return -0.5 * beta * (rest / terms.std) ** 2 + terms.log_values


@compiled
def _log_px(
    x: Float[Tensor, "N D"], terms: _Terms, beta: Float[Tensor, ""]
) -> tuple[Float[Tensor, "N"], Float[Tensor, "N S"]]:
    """log p(x), [N], and log p(x, shared levels), [N, S], both up to the noise's constant."""
    inside = tf.reduce_logsumexp(_log_joint(x, terms, beta), axis=3)
    joint = tf.reduce_sum(inside, axis=2) + terms.log_shared
    return tf.reduce_logsumexp(joint, axis=1), joint


@compiled
def _sums(
    x: Float[Tensor, "N D"],
    terms: _Terms,
    beta: Float[Tensor, ""],
    lower: Float[Tensor, "S D"],
    own: Float[Tensor, "S C"],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    log_px, _ = _log_px(x, terms, tf.ones_like(beta))
    joint = _log_joint(x, terms, beta)
    inside = tf.reduce_logsumexp(joint, axis=3)
    q = tf.nn.softmax(tf.reduce_sum(inside, axis=2) + terms.log_shared)
    given = tf.exp(joint - inside[..., None])
    mean = tf.reduce_sum(given * terms.values, axis=3)
    spread = tf.reduce_sum(given * terms.values**2, axis=3) - mean**2
    rest = x[:, None] - lower - mean
    first = tf.matmul(own, tf.reduce_sum(q[..., None] * rest, axis=0), transpose_a=True)
    square = tf.reduce_sum(q[..., None] * (rest**2 + spread))
    return (
        tf.reduce_sum(log_px),
        tf.linalg.matvec(own, tf.reduce_sum(q, axis=0), transpose_a=True),
        first,
        square,
    )
