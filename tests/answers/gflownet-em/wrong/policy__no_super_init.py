# mistake: super().__init__() was deleted, Keras raises at the first attribute
# credit: 0-0
# keywords: super|__init__|raise|error
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.out = tf.keras.layers.Dense(n_superclusters + n_petals + 1)
        self.sizes = [n_superclusters, n_petals, 1]

    def call(self, x, i_one_hot):
        a, b, z = tf.split(self.out(self.h(tf.concat([x, i_one_hot], 1))), self.sizes, axis=1)
        return a, b, z[:, 0]
