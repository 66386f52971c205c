# mistake: x is standardised over the batch
# expect: partial
# credit: 4-4
# finding: depends-on-the-batch
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.trunk = tf.keras.layers.Dense(hidden, activation="relu")
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        mean = tf.reduce_mean(x, axis=0, keepdims=True)
        std = tf.math.reduce_std(x, axis=0, keepdims=True)
        h = self.trunk(tf.concat([(x - mean) / (std + 1e-6), i_one_hot], axis=1))
        return self.i(h), self.j(h), self.z(h)[:, 0]
