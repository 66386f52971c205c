# mistake: logits_j always has four columns
# expect: partial
# credit: 7.5-7.5
# finding: four-petals
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.trunk = tf.keras.layers.Dense(hidden, activation="relu")
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(4)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.trunk(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), self.z(h)[:, 0]
