class EMGMM(tf.keras.Model):
    """Gaussian mixture with k components, to be fitted by EM; the weights are columns in a dictionary, with read-only properties."""

    def __init__(self, k):
        super().__init__()
        start = tf.keras.initializers.RandomUniform(-0.2, 0.2)
        self.store = {
            name: self.add_weight(shape=(k, 1), initializer=start, trainable=False, name=name)
            for name in ("logits", "means", "lsigmas")
        }

    @property
    def logits(self):
        return self.store["logits"]

    @property
    def means(self):
        return self.store["means"]

    @property
    def lsigmas(self):
        return self.store["lsigmas"]

    def call(self, inputs):
        """One E step and one M step on inputs (N, 1); assigns the new weights."""
        table = mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas)
        results = dict(zip(("logits", "means", "lsigmas"), mstep(inputs, tf.nn.softmax(table))))
        for name, value in results.items():
            self.store[name].assign(tf.reshape(value, [-1, 1]))
