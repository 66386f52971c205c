# mistake: tanh on all three outputs
# expect: partial
# credit: 4-4
# finding: bounded-outputs
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.trunk = tf.keras.layers.Dense(hidden, activation="tanh")
        self.i = tf.keras.layers.Dense(n_superclusters, activation="tanh")
        self.j = tf.keras.layers.Dense(n_petals, activation="tanh")
        self.z = tf.keras.layers.Dense(1, activation="tanh")

    def call(self, x, i_one_hot):
        h = self.trunk(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), self.z(h)[:, 0]
