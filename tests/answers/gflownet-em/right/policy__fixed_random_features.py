class Policy(tf.keras.Model):
    """Random features of x that are no weights, then linear heads."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.directions = np.random.default_rng(0).normal(size=(2, hidden)).astype("float32")
        self.i, self.z = tf.keras.layers.Dense(n_superclusters), tf.keras.layers.Dense(1)
        self.j, self.table = (tf.keras.layers.Dense(n_petals) for _ in range(2))

    def call(self, x, i_one_hot):
        angles = tf.matmul(tf.cast(x, tf.float32), self.directions)
        h = tf.concat([x, tf.sin(angles), tf.cos(angles)], axis=1)
        return self.i(h), self.j(h) + self.table(i_one_hot), self.z(h)[:, 0]
