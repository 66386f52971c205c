class Policy(tf.keras.Model):
    """Statistics of batches and dropout, which act in training mode only."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.first = tf.keras.layers.Dense(hidden, activation="relu")
        self.norm, self.drop = tf.keras.layers.BatchNormalization(), tf.keras.layers.Dropout(0.1)
        self.i, self.j, self.z = (tf.keras.layers.Dense(k) for k in (n_superclusters, n_petals, 1))

    def call(self, x, i_one_hot, training=False):
        h = self.first(tf.concat([x, i_one_hot], axis=1))
        h = self.drop(self.norm(h, training=training), training=training)
        return self.i(h), self.j(h), self.z(h)[:, 0]
