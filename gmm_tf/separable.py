"""Exact inference where the coordinates separate once a few levels are chosen.

A level whose table is a grid (every combination of its values in each coordinate, with a product of
weights) chooses its coordinates independently. If all of them but the first few are grids, then given
these few the coordinates are independent, and a pass costs N * S * sum_d M_d exponentials: S
combinations of the shared levels, M_d of the values in coordinate d. For ten levels of the default
petals that is 4 * 2 * 512 instead of 4^10.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from gmm_tf.codebooks import Codebooks, combinations
from gmm_tf.leaves import WORKING_SET
from gmm_tf.moments import Statistics

# Values that differ by less than this share of the largest are the same up to rounding in float32.
SAME = 1e-6


class Split(NamedTuple):
    """A tree whose coordinates separate; the first level is always shared."""

    shared: np.ndarray  # [S, D], sums of the shared levels
    log_shared: np.ndarray  # [S], their log-weights
    lower: np.ndarray  # [S, D], sums of the shared levels without the first
    cluster: np.ndarray  # [S, B_1], one-hot, the branch of the first level
    values: np.ndarray  # [D, M], sums of the other levels in each coordinate, padded with zeros
    log_values: np.ndarray  # [D, M], their log-weights, -inf where padded

    @property
    def terms(self):
        """Number of exponentials per observation."""
        return len(self.shared) * self.values.size


def split(theta):
    """The `Split` of a tree, or None if enumerating the leaves is as cheap."""
    shared, grids = [0], []
    for level in range(1, theta.levels):
        axes = _axes(theta.tables[level], theta.log_weights[level])
        (grids if axes else shared).append(axes or level)
    if not grids:
        return None
    few = Codebooks([theta.tables[i] for i in shared], theta.std, [theta.log_weights[i] for i in shared])
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


def statistics(theta, parts, x, beta=1.0):
    """`Statistics` of the first level under the exact posterior; other counts are None.

    Args:
        parts: the `Split` of theta.
        x: [N, D], float64.
        beta: as in `leaves.statistics`.
    """
    total = None
    for piece, arguments in _pieces(theta, parts, x):
        sums = _sums(piece, *arguments, tf.constant(beta, tf.float64), parts.lower, parts.cluster)
        total = sums if total is None else [a + b for a, b in zip(total, sums, strict=True)]
    log_px, n, first, square = (value.numpy() for value in total)
    counts = (n, *[None] * (theta.levels - 1))
    return Statistics(counts, np.diag(n), first, float(square), float(log_px) / len(x) + theta.log_noise)


def log_density(theta, parts, x):
    """log p(x_n), [N]."""
    one = tf.constant(1.0, tf.float64)
    found = [_log_px(piece, *arguments, one)[0].numpy() for piece, arguments in _pieces(theta, parts, x)]
    return np.concatenate(found) + theta.log_noise


def first_level(theta, parts, x):
    """p(z_1 | x_n), [N, B_1]."""
    one, found = tf.constant(1.0, tf.float64), []
    for piece, arguments in _pieces(theta, parts, x):
        log_px, log_shared = _log_px(piece, *arguments, one)
        found.append(np.exp(log_shared - log_px[:, None]))
    return np.concatenate(found) @ parts.cluster


def _axes(table, log_weights):
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


def _combined(axes):
    """Sums and log-weights of one coordinate for all combinations of its levels' values."""
    sums, log_weights = np.zeros(1), np.zeros(1)
    for values, weights in axes:
        sums = (sums[:, None] + values).ravel()
        log_weights = (log_weights[:, None] + weights).ravel()
    return sums, log_weights


def _pieces(theta, parts, x):
    """(x of a piece, the arguments of the compiled functions)."""
    size = max(1, WORKING_SET // parts.terms)
    values = (parts.shared, parts.log_shared, parts.values, parts.log_values, theta.std)
    arguments = [tf.constant(value, tf.float64) for value in values]
    return [(tf.constant(x[i : i + size]), arguments) for i in range(0, len(x), size)]


def _terms(x, shared, values, log_values, std, beta):
    """beta log p(x_d | shared, value) + log p(value), [N, S, D, M]."""
    rest = x[:, None, :, None] - shared[:, :, None] - values
    return -0.5 * beta * (rest / std) ** 2 + log_values


@tf.function(jit_compile=True)
def _log_px(x, shared, log_shared, values, log_values, std, beta):
    """log p(x), [N], and log p(x, shared levels), [N, S], both up to the noise's constant."""
    inside = tf.reduce_logsumexp(_terms(x, shared, values, log_values, std, beta), axis=3)
    joint = tf.reduce_sum(inside, axis=2) + log_shared
    return tf.reduce_logsumexp(joint, axis=1), joint


@tf.function(jit_compile=True)
def _sums(x, shared, log_shared, values, log_values, std, beta, lower, own):
    log_px, _ = _log_px(x, shared, log_shared, values, log_values, std, tf.ones_like(beta))
    terms = _terms(x, shared, values, log_values, std, beta)
    inside = tf.reduce_logsumexp(terms, axis=3)
    q = tf.nn.softmax(tf.reduce_sum(inside, axis=2) + log_shared)
    given = tf.exp(terms - inside[..., None])
    mean = tf.reduce_sum(given * values, axis=3)
    spread = tf.reduce_sum(given * values**2, axis=3) - mean**2
    rest = x[:, None] - lower - mean
    first = tf.matmul(own, tf.reduce_sum(q[..., None] * rest, axis=0), transpose_a=True)
    square = tf.reduce_sum(q[..., None] * (rest**2 + spread))
    return (
        tf.reduce_sum(log_px),
        tf.linalg.matvec(own, tf.reduce_sum(q, axis=0), transpose_a=True),
        first,
        square,
    )
