# mistake: new layers are made at each call, so the weights are random each time and never train
# credit: 0-4
# keywords: call|__init__|new|each time|random|train|untracked|weights
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p, self.n_hidden = n_superclusters, n_petals, hidden

    def call(self, x, i_one_hot):
        h = tf.keras.layers.Dense(self.n_hidden, activation="relu")(tf.concat([x, i_one_hot], axis=1))
        a = tf.keras.layers.Dense(self.c)(h)
        b = tf.keras.layers.Dense(self.p)(h)
        z = tf.keras.layers.Dense(1)(h)
        return a, b, z[:, 0]
