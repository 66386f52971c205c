"""Adam as a pure function, for compiled loops."""

from typing import Any, NamedTuple

import tensorflow as tf

from gmm_tf.shapes import Float, Int, Tensor

DECAY1, DECAY2, EPSILON = 0.9, 0.999, 1e-7


class Moments(NamedTuple):
    """What Adam remembers between steps; m and v are nests like the values."""

    m: Any  # decaying mean of the gradients
    v: Any  # decaying mean of their squares
    done: Int[Tensor, ""]  # number of steps so far, int32


def no_moments(values: Any) -> Moments:
    """The Moments before the first step of values in a nest."""
    zeros = tf.nest.map_structure(tf.zeros_like, values)
    return Moments(zeros, zeros, tf.constant(0))


def adam_step(
    values: Any, gradient: Any, moments: Moments, learning_rate: Float[Tensor, ""]
) -> tuple[Any, Moments]:
    """(values, moments) after one step down the gradient (Kingma & Ba 2015, algorithm 1).

    Args:
        values, gradient: tensors in the same nest.
    """
    each = tf.nest.map_structure
    done = moments.done + 1
    t = tf.cast(done, learning_rate.dtype)
    rate = learning_rate * tf.sqrt(1 - DECAY2**t) / (1 - DECAY1**t)
    m = each(lambda m, g: DECAY1 * m + (1 - DECAY1) * g, moments.m, gradient)
    v = each(lambda v, g: DECAY2 * v + (1 - DECAY2) * g * g, moments.v, gradient)
    values = each(lambda p, m, v: p - rate * m / (tf.sqrt(v) + EPSILON), values, m, v)
    return values, Moments(m, v, done)
