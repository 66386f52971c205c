import functools


def assigns(*names):
    """Decorator for a method: assign what it returns to the weights of these names."""

    def decorate(method):
        @functools.wraps(method)
        def wrapped(self, inputs):
            values = tuple(method(self, inputs))
            for name, value in zip(names, values):
                weight = getattr(self, name)
                weight.assign(tf.reshape(tf.cast(value, tf.float32), tuple(weight.shape)))

        return wrapped

    return decorate

# %% cell
class EMGMM(tf.keras.Model):
    """Gaussian mixture with k components, to be fitted by EM."""

    def __init__(self, k):
        super().__init__()
        weight = functools.partial(self.add_weight, shape=(k,), initializer=tf.random_normal_initializer(stddev=0.1), trainable=False)
        self.logits = weight(name="logits")
        self.means = weight(name="means")
        self.lsigmas = weight(name="lsigmas")

    @assigns("logits", "means", "lsigmas")
    def call(self, inputs):
        """One E step and one M step; the decorator assigns the results."""
        posterior_logits = mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas)
        return mstep(inputs, tf.nn.softmax(posterior_logits, axis=1))
