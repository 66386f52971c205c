# mistake: returns probabilities (softmax) instead of logits
# credit: 4-4
# keywords: softmax|probabilit|logits
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.i = tf.keras.layers.Dense(n_superclusters, activation="softmax")
        self.j = tf.keras.layers.Dense(n_petals, activation="softmax")
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), self.z(h)[:, 0]
