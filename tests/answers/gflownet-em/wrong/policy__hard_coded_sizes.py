# mistake: four superclusters and 32 units are hard-coded, the arguments are ignored
# credit: 3-7
# keywords: n_superclusters|argument|four|hard|ignore|shape|width
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(32, activation="relu")
        self.i = tf.keras.layers.Dense(4)
        self.j = tf.keras.layers.Dense(4)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), self.z(h)[:, 0]
