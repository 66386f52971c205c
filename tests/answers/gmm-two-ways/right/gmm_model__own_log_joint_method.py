class GMM(tf.keras.Model):
    """Gaussian mixture with k components, to be trained by gradient; all weights are columns, (k, 1)."""

    def __init__(self, k):
        super().__init__()
        small = tf.random_uniform_initializer(-0.2, 0.2)
        self.logits = self.add_weight(shape=(k, 1), initializer=small, name="logits")
        self.means = self.add_weight(shape=(k, 1), initializer=small, name="means")
        self.lsigmas = self.add_weight(shape=(k, 1), initializer=small, name="lsigmas")

    def log_joint(self, inputs):
        """log p(x, z): one row per component, one column per point, (k, N)."""
        points = tf.reshape(tf.cast(inputs, tf.float32), [1, -1])
        log_pi = tf.nn.log_softmax(tf.convert_to_tensor(self.logits), axis=0)
        away = (points - self.means) / tf.exp(self.lsigmas)
        return log_pi - self.lsigmas - 0.5 * tf.square(away) - 0.5 * np.log(2 * np.pi)

    def call(self, inputs):
        """Log-likelihood of each row: inputs (N, 1) -> (N, 1)."""
        return tf.reduce_logsumexp(self.log_joint(inputs), axis=0)[:, tf.newaxis]
