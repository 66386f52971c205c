"""Rows drawn uniformly from data of any size, in one pass over their batches."""

import itertools
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf


class Observed(NamedTuple):
    """What a fit needs to know about its data besides their sums."""

    count: float  # number of observations
    variance: np.ndarray  # [D], float64, robust: that of `em.spread`


def reservoir(batches, size, rng):
    """`size` rows drawn uniformly from all batches, or all rows in order if there are fewer.

    Each row draws a key from an exponential distribution with its weight as the rate, and the rows with the
    smallest keys are kept (Efraimidis & Spirakis 2006, algorithm A-ES).

    Args:
        batches: iterable over (x [n, D], weights [n] or None).

    Returns:
        (rows [m, D], float64; their weights [m]; number of rows seen with a weight above 0), or
        (None, None, 0) where there were none.
    """
    rows = weights = keys = None
    seen = 0
    for x, given in batches:
        x = np.asarray(x, np.float64)
        w = np.ones(len(x)) if given is None else np.asarray(given, np.float64).reshape(-1)
        with np.errstate(divide="ignore"):
            key = rng.exponential(size=len(x)) / w
        fresh = key < (np.inf if rows is None or len(rows) < size else keys.max())
        seen += np.count_nonzero(w)
        if not fresh.any():
            continue
        x, w, key = x[fresh], w[fresh], key[fresh]
        if rows is not None:
            x, w, key = np.concatenate([rows, x]), np.append(weights, w), np.append(keys, key)
        kept = np.sort(np.argpartition(key, size)[:size]) if len(x) > size else slice(None)
        rows, weights, keys = x[kept], w[kept], key[kept]
    return rows, weights, seen


def even(x, weights, size, rng):
    """A sample of at most `size` rows of x [N, D], drawn by their weights [N] if there are any."""
    if weights is not None:
        return x[rng.choice(len(x), size, p=weights / weights.sum())]
    return x if len(x) <= size else x[np.sort(rng.choice(len(x), size, replace=False))]


def batches_of(x, sample_weight=None, steps=None):
    """(batches, x): (x [n, D], weights or None) from an argument of Keras's `fit`, and its replacement.

    A dataset is read once more for it. A generator cannot be, so its batches are stored and replayed.

    Args:
        steps: batches of an epoch, None for all there are.
    """
    if hasattr(x, "shape") or not hasattr(x, "__iter__") and not isinstance(x, keras.utils.PyDataset):
        return [(x, sample_weight)], x
    if isinstance(x, keras.utils.PyDataset):
        items = (x[i] for i in range(len(x)))
    elif iter(x) is x:
        items = list(itertools.islice(x, steps))
        # Keras recognises generators by their type.
        x = (item for item in itertools.chain(items, x))
    else:
        items = itertools.islice(x, steps)
    return map(_unpacked, items), x


def _unpacked(item):
    x, _, weights = keras.utils.unpack_x_y_sample_weight(item)
    return tf.convert_to_tensor(x), weights
