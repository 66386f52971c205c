"""Adam as a pure function, for compiled loops."""

import tensorflow as tf

DECAY1, DECAY2, EPSILON = 0.9, 0.999, 1e-7


def adam_step(values, gradient, m, v, done, learning_rate):
    """One step down the gradient (Kingma & Ba 2015, algorithm 1).

    Args:
        values, gradient, m, v: tensors in the same nest; the moments m and v start at zero.
        done: number of steps so far, int32.

    Returns:
        (values, m, v, done) after it.
    """
    each = tf.nest.map_structure
    done += 1
    t = tf.cast(done, learning_rate.dtype)
    rate = learning_rate * tf.sqrt(1 - DECAY2**t) / (1 - DECAY1**t)
    m = each(lambda m, g: DECAY1 * m + (1 - DECAY1) * g, m, gradient)
    v = each(lambda v, g: DECAY2 * v + (1 - DECAY2) * g * g, v, gradient)
    values = each(lambda p, m, v: p - rate * m / (tf.sqrt(v) + EPSILON), values, m, v)
    return values, m, v, done
