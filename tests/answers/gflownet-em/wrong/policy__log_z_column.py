# mistake: log_z has shape (N, 1)
# expect: partial
# credit: 7.5-7.5
# finding: wrong-shape
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.a, self.b, self.z = (tf.keras.layers.Dense(k) for k in (n_superclusters, n_petals, 1))

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], 1))
        return self.a(h), self.b(h), self.z(h)
