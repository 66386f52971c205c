import operator

NAMES = ("logits", "means", "lsigmas")
own_weights = operator.attrgetter(*NAMES)


class GMM(tf.keras.Model):
    """Gaussian mixture with k components, to be trained by gradient.

    Weights, each (k,) or (k, 1): logits, means, lsigmas.
    """

    def __init__(self, k):
        super().__init__()
        for name in NAMES:
            setattr(self, name, self.add_weight(
                name=name, shape=(k,), initializer=tf.keras.initializers.TruncatedNormal(stddev=0.1)))

    def call(self, inputs):
        """Log-likelihood of each row: inputs (N, 1) -> (N, 1)."""
        return mixture_likelihood(inputs, *own_weights(self))
