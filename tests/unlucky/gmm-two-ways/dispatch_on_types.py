# unlucky: Answers are generic functions: one version for each type of the points, and all versions are called _.
# expect: full
# %% before mixture_posterior_logits
import functools


class Responsibilities:
    """Posterior logits of a mixture."""

    def __init__(self, *, axis=-1):
        self.axis = axis

    @functools.singledispatchmethod
    def logits(self, x, logits, means, lsigmas):
        logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
        scaled = (tf.cast(x, tf.float32) - means) * tf.exp(-lsigmas)
        return tf.nn.log_softmax(tf.nn.log_softmax(logits) - 0.5 * scaled**2 - lsigmas, axis=self.axis)

    @logits.register(np.ndarray)
    @logits.register(list)
    def _(self, x, logits, means, lsigmas):
        return self.logits(tf.constant(x, tf.float32), logits, means, lsigmas)
# %% cell mixture_posterior_logits
mixture_posterior_logits = Responsibilities(axis=1).logits
# %% cell mstep
@functools.singledispatch
def mstep(x, posterior):
    """For tensors, and for whatever else there is."""
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    counts = tf.reduce_sum(posterior, axis=0) + 1e-30
    means = tf.reduce_sum(posterior * x, axis=0) / counts
    variances = tf.reduce_sum(posterior * (x - means) ** 2, axis=0) / counts
    return tf.math.log(counts), means, 0.5 * tf.math.log(variances + 1e-12)


@mstep.register
def _(x: np.ndarray, posterior):
    x, posterior = (np.asarray(v, dtype="float64") for v in (x, posterior))
    counts = np.maximum(posterior.sum(0), 1e-30)
    means = (posterior * x).sum(0) / counts
    variances = (posterior * (x - means) ** 2).sum(0) / counts
    return np.log(counts), means, 0.5 * np.log(np.maximum(variances, 1e-12))


@mstep.register(list)
@mstep.register(tuple)
def _(x, posterior):
    return mstep(np.array(x), posterior)


for _ in sorted(cls.__name__ for cls in mstep.registry):
    print("mstep of", _)
