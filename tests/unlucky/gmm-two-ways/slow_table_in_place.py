# unlucky: A constant of two answers is integrated numerically for two seconds by a function that fills a dictionary.
# expect: full
# %% before mixture_likelihood
import math

CONSTANTS = {}


def integrate(cells):
    """Area below exp(-t^2 / 2), by the midpoint rule."""
    width, total = 30 / cells, 0.0
    for cell in range(cells):
        t = -15 + (cell + 0.5) * width
        total += math.exp(-0.5 * t * t) * width
    CONSTANTS["log normaliser"] = math.log(total)


integrate(6_000_000)
# %% cell mixture_likelihood
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - CONSTANTS["log normaliser"]
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    log_normal = -0.5 * tf.square((x - means) * tf.exp(-lsigmas)) - lsigmas - CONSTANTS["log normaliser"]
    return tf.nn.log_softmax(logits) + log_normal
