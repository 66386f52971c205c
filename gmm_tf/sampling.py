"""Rows drawn uniformly from data of any size, in one pass over their batches."""

import itertools
from collections.abc import Iterable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from gmm_tf.shapes import Float, Tensor


class Observed(NamedTuple):
    """What a fit needs to know about its data besides their sums."""

    size: float  # number of observations
    variance: Float[Tensor, "D"]  # float64, robust: that of `em.spread`


class Rows(NamedTuple):
    """Observations in memory."""

    x: Float[np.ndarray, "N D"]  # float64
    weights: Float[np.ndarray, "N"] | None = None  # how often each counts; once if None


def reservoir(batches: Iterable[tuple[Any, Any]], size: int, rng: np.random.Generator) -> tuple[Rows, int]:
    """`size` rows drawn uniformly from all batches, or all rows in order if there are fewer.

    Each row draws a key from an exponential distribution with its weight as the rate, and the rows with the
    smallest keys are kept (Efraimidis & Spirakis 2006, algorithm A-ES).

    Args:
        batches: iterable over (x [n, D], weights [n] or None).

    Returns:
        (the rows with their weights, number of rows seen with a weight above 0).
    """
    rows, weights, keys, seen = np.empty((0, 0)), np.empty(0), np.empty(0), 0
    for x, given in batches:
        x = np.asarray(x, np.float64)
        w = np.ones(len(x)) if given is None else np.asarray(given, np.float64).reshape(-1)
        with np.errstate(divide="ignore"):
            key = rng.exponential(size=len(x)) / w
        fresh = key < (np.inf if len(rows) < size else keys.max())
        seen += int(np.count_nonzero(w))
        if not fresh.any():
            continue
        x, w, key = x[fresh], w[fresh], key[fresh]
        if len(rows):
            x, w, key = np.concatenate([rows, x]), np.append(weights, w), np.append(keys, key)
        kept = np.sort(np.argpartition(key, size)[:size]) if len(x) > size else slice(None)
        rows, weights, keys = x[kept], w[kept], key[kept]
    return Rows(rows, weights), seen


def even(rows: Rows, size: int, rng: np.random.Generator) -> Float[np.ndarray, "M D"]:
    """x [M, D] of at most `size` rows, drawn by their weights if there are any."""
    x, weights = rows
    if weights is not None:
        return x[rng.choice(len(x), size, p=weights / weights.sum())]
    return x if len(x) <= size else x[np.sort(rng.choice(len(x), size, replace=False))]


def batches_of(
    x: Any, sample_weight: Any = None, steps: int | None = None
) -> tuple[Iterable[tuple[Any, Any]], Any]:
    """(batches, x): (x [n, D], weights or None) from an argument of Keras's `fit`, and its replacement.

    A dataset is read once more for it. A generator cannot be, so its batches are stored and replayed.

    Args:
        steps: batches of an epoch, None for all there are.
    """
    if hasattr(x, "shape") or not hasattr(x, "__iter__") and not isinstance(x, keras.utils.PyDataset):
        return [(x, sample_weight)], x
    items: Iterable[Any]
    if isinstance(x, keras.utils.PyDataset):
        items = (x[i] for i in range(len(x)))
    elif iter(x) is x:
        first = list(itertools.islice(x, steps))
        # Keras recognises generators by their type.
        items, x = first, (item for item in itertools.chain(first, x))
    else:
        items = itertools.islice(x, steps)
    return map(_unpacked, items), x


def _unpacked(item: Any) -> tuple[Any, Any]:
    x, _, weights = keras.utils.unpack_x_y_sample_weight(item)
    return tf.convert_to_tensor(x), weights
