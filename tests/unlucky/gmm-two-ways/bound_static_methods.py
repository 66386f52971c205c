# unlucky: The functions live in a class of static methods, with functions inside, and get their names afterwards.
# expect: full
# %% before make_data
import operator


def counter():
    """A function that counts its own calls."""
    calls = 0

    def count(step=1):
        nonlocal calls
        calls += step
        return calls

    return count


class Tools:
    """Everything about mixtures in one dimension."""

    count = staticmethod(counter())

    @staticmethod
    def rows(*parameters):
        return [tf.reshape(p, [1, -1]) for p in parameters]

    @staticmethod
    def draw(N, logits, means, lsigmas):
        z = tf.random.categorical(Tools.rows(logits)[0], N)[0]
        mean, lsigma = (tf.gather(tf.reshape(p, [-1]), z) for p in (means, lsigmas))
        return (mean + tf.exp(lsigma) * tf.random.normal(tf.shape(z)))[:, None]

    @staticmethod
    def log_joint(x, logits, means, lsigmas):
        def log_normal(z, lsigma):
            return -0.5 * z**2 - lsigma - 0.5 * np.log(2 * np.pi)

        Tools.count()
        logits, means, lsigmas = Tools.rows(logits, means, lsigmas)
        return tf.nn.log_softmax(logits) + log_normal((tf.cast(x, tf.float32) - means) / tf.exp(lsigmas), lsigmas)

    @classmethod
    def likelihood(cls, x, logits, means, lsigmas):
        return tf.reduce_logsumexp(cls.log_joint(x, logits, means, lsigmas), axis=1, keepdims=True)

    @staticmethod
    def moments(x, posterior):
        x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)

        def average(values):
            return tf.reduce_sum(posterior * values, axis=0) / counts

        counts = tf.maximum(tf.reduce_sum(posterior, axis=0), 1e-30)
        means = average(x)
        return tf.math.log(counts), means, 0.5 * tf.math.log(tf.maximum(average(tf.square(x - means)), 1e-12))
# %% cell make_data
make_data = Tools.draw
# %% cell mixture_likelihood
mixture_likelihood = operator.attrgetter("likelihood")(Tools)
# %% cell mixture_posterior_logits
mixture_posterior_logits = vars(Tools)["log_joint"]  # a staticmethod object, which can be called
# %% cell mstep
tools = Tools()
mstep = tools.moments
print("calls so far:", tools.count(0))
