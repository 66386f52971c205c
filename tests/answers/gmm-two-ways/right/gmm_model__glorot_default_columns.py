class GMM(tf.keras.Model):
    """Gaussian mixture with k components; the weights are columns, with the default initializer of Keras (random, uniform)."""

    def __init__(self, k):
        super().__init__()
        column = lambda name: self.add_weight(shape=(k, 1), name=name)
        self.logits, self.means, self.lsigmas = map(column, "logits means lsigmas".split())

    def call(self, inputs):
        """Log-likelihood of each row: inputs (N, 1) -> (N, 1)."""
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
