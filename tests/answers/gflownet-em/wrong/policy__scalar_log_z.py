# mistake: one log_z for all x
# expect: partial
# credit: 4-4
# finding: ignores-x
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.a, self.b = (tf.keras.layers.Dense(k) for k in (n_superclusters, n_petals))
        self.z = self.add_weight(shape=(), initializer="zeros", name="z")

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], 1))
        return self.a(h), self.b(h), tf.fill([tf.shape(x)[0]], 1.0) * self.z
