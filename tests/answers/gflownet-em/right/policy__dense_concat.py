class Policy(tf.keras.Model):
    """Forward policy of a GFlowNet that chooses a supercluster, then a petal."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.hidden = tf.keras.layers.Dense(hidden, activation="relu")
        self.head_i = tf.keras.layers.Dense(n_superclusters)
        self.head_j = tf.keras.layers.Dense(n_petals)
        self.head_z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.hidden(tf.concat([x, i_one_hot], axis=-1))
        return self.head_i(h), self.head_j(h), self.head_z(h)[:, 0]
