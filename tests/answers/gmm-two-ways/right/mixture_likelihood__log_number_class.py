import functools
import operator


class LogNumber:
    """A positive number, stored as its logarithm: `*` adds the logarithms, `+` is a logsumexp of two."""

    def __init__(self, log):
        self.log = log

    def __mul__(self, other):
        return LogNumber(self.log + other.log)

    def __add__(self, other):
        return LogNumber(tf.reduce_logsumexp(tf.stack([self.log, other.log]), axis=0))


def normal(x, mean, lsigma):
    """The density of N(mean, exp(lsigma)^2) at x, as a LogNumber."""
    return LogNumber(-0.5 * tf.square((x - mean) / tf.exp(lsigma)) - lsigma - 0.5 * np.log(2 * np.pi))

# %% cell
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    weights = [LogNumber(w) for w in tf.unstack(tf.nn.log_softmax(tf.reshape(logits, [-1])))]
    normals = [normal(x, m, s) for m, s in zip(tf.unstack(tf.reshape(means, [-1])), tf.unstack(tf.reshape(lsigmas, [-1])))]
    # the formula as it is written: sum_k pi_k N(x; mu_k, sigma_k^2)
    return functools.reduce(operator.add, map(operator.mul, weights, normals)).log
