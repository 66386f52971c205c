# mistake: the layers have trainable=False, so trainable_variables is empty
# credit: 2-6
# keywords: trainable|frozen|train
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu", trainable=False)
        self.i = tf.keras.layers.Dense(n_superclusters, trainable=False)
        self.j = tf.keras.layers.Dense(n_petals, trainable=False)
        self.z = tf.keras.layers.Dense(1, trainable=False)

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), self.z(h)[:, 0]
