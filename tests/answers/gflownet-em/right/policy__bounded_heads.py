class Policy(tf.keras.Model):
    """Logits and log Z stay within bounds, so that nothing runs away."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        layers = tf.keras.layers
        self.scale = layers.Rescaling(0.5)
        self.body = tf.keras.Sequential([layers.Dense(hidden, "tanh"), layers.Dense(hidden, "tanh")])
        self.i, self.j, self.z = (layers.Dense(k, "tanh") for k in (n_superclusters, n_petals, 1))

    def call(self, x, i_one_hot):
        h = self.body(tf.concat([self.scale(x), i_one_hot], axis=-1))
        return 5 * self.i(h), 5 * self.j(h), tf.squeeze(10 * self.z(h), -1)
