# mistake: logits_j does not depend on the chosen supercluster
# credit: 4-4
# keywords: supercluster|i_one_hot|one-hot|depend|ignore
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.h(x)
        return self.i(h), self.j(h), self.z(h)[:, 0]
