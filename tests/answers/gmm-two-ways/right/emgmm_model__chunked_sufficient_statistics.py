class EMGMM(tf.keras.Model):
    """Gaussian mixture with k components, to be fitted by EM; does not need all responsibilities in memory at once."""

    def __init__(self, k, chunk=1000):
        super().__init__()
        near_zero = tf.random_normal_initializer(stddev=0.1)
        self.logits = self.add_weight(shape=(k,), initializer=near_zero, trainable=False, name="logits")
        self.means = self.add_weight(shape=(k,), initializer=near_zero, trainable=False, name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer=near_zero, trainable=False, name="lsigmas")
        self.k, self.chunk = k, chunk

    def call(self, inputs):
        """E step chunk by chunk, adding up sum r, sum r x and sum r x^2; M step from these sums."""
        origin = float(tf.reduce_mean(inputs))
        totals = np.zeros((3, self.k))
        for start in range(0, len(inputs), self.chunk):
            rows = inputs[start:start + self.chunk]
            r = np.asarray(tf.nn.softmax(mixture_posterior_logits(rows, self.logits, self.means, self.lsigmas), axis=1), dtype="float64")
            away = np.asarray(rows, dtype="float64") - origin
            totals += [np.sum(r * away**power, axis=0) for power in range(3)]
        counts = np.maximum(totals[0], 1e-30)
        first, second = totals[1:] / counts
        self.logits.assign(np.log(counts).astype("float32"))
        self.means.assign((origin + first).astype("float32"))
        self.lsigmas.assign((0.5 * np.log(np.maximum(second - first**2, 1e-12))).astype("float32"))
