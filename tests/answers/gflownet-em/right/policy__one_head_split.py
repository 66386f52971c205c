class Policy(tf.keras.Model):
    """Forward policy of a GFlowNet that chooses a supercluster, then a petal."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.n_superclusters, self.n_petals = n_superclusters, n_petals
        self.body = tf.keras.Sequential([
            tf.keras.layers.Dense(hidden, activation="silu"),
            tf.keras.layers.Dense(n_superclusters + n_petals + 1),
        ])

    def call(self, x, i_one_hot):
        """logits_i (N, C), logits_j (N, P), log_z (N,) for x (N, 2) and i_one_hot (N, C)."""
        everything = self.body(tf.concat([x, i_one_hot], axis=-1))
        logits_i, logits_j, log_z = tf.split(everything, [self.n_superclusters, self.n_petals, 1], axis=-1)
        return logits_i, logits_j, tf.squeeze(log_z, axis=-1)
