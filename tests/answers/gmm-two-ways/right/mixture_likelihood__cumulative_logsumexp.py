import math


def mixture_likelihood(x, logits, means, lsigmas):
    """The last column of the running logsumexp over the components."""
    flat = lambda p: tf.reshape(tf.cast(p, tf.float32), (1, -1))
    log_weights = tf.nn.log_softmax(flat(logits), axis=-1)
    half_log_2pi = math.lgamma(0.5) + 0.5 * math.log(2.0)  # Gamma(1/2) is the square root of pi
    away = (tf.cast(x, tf.float32) - flat(means)) / tf.exp(flat(lsigmas))
    table = log_weights - (away * away / 2 + flat(lsigmas) + half_log_2pi)
    return tf.math.cumulative_logsumexp(table, axis=1)[:, -1:]
