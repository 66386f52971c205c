class Policy(tf.keras.Model):
    """Distances to learned centres as logits; few parameters, all with a meaning."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        normal = tf.keras.initializers.RandomNormal(stddev=1.0)
        self.centres = self.add_weight(shape=(n_superclusters, 2), initializer=normal, name="centres")
        self.petals = self.add_weight(shape=(n_petals, 2), initializer=normal, name="petals")
        self.log_scale = self.add_weight(shape=(2,), initializer="zeros", name="log_scale")
        self.bias_z = self.add_weight(shape=(), initializer="zeros", name="bias_z")

    def call(self, x, i_one_hot):
        s = tf.exp(self.log_scale)
        logits_i = -s[0] * tf.reduce_sum((x[:, None] - self.centres) ** 2, -1)
        rest = x - tf.matmul(i_one_hot, self.centres)
        logits_j = -s[1] * tf.reduce_sum((rest[:, None] - self.petals) ** 2, -1)
        log_z = tf.reduce_logsumexp(logits_i, axis=1) + self.bias_z
        return logits_i, logits_j, log_z
