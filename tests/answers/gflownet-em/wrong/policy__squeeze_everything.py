# mistake: tf.squeeze without axis: for N = 1 log_z loses its only axis
# credit: 7-9
# keywords: N = 1|N=1|one point|squeeze|axis|shape|single
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.body = tf.keras.Sequential([tf.keras.layers.Dense(hidden, activation="relu")])
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = self.body(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), tf.squeeze(self.z(h))
