# mistake: logits_j depends on the supercluster only, not on x
# credit: 4-5
# keywords: logits_j|depend|on x|ignore
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="tanh")
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.h(x)
        return self.i(h), self.j(i_one_hot), self.z(h)[:, 0]
