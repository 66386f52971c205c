class EMGMM(tf.keras.Model):
    """Gaussian mixture with k components, to be fitted by EM.

    Weights, each (k,) or (k, 1), not trainable: logits, means, lsigmas.
    """

    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", name="logits")
        self.means = self.add_weight(shape=(k,), initializer="random_normal", name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", name="lsigmas")
        self.normalise = tf.keras.layers.Softmax(axis=-1)
        self.trainable = False  # freezes all weights at once

    def call(self, inputs):
        """One E step and one M step on inputs (N, 1); assigns the new weights."""
        weights = self.logits, self.means, self.lsigmas
        responsibilities = self.normalise(mixture_posterior_logits(inputs, *weights))
        for weight, value in zip(weights, mstep(inputs, responsibilities)):
            weight.assign(tf.reshape(value, tuple(weight.shape)))
