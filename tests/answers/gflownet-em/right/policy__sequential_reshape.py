# style: one Sequential with all outputs, split
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p = n_superclusters, n_petals
        self.net = tf.keras.Sequential([tf.keras.layers.Dense(hidden, activation="relu"),
                                        tf.keras.layers.Dense(n_superclusters + n_petals + 1)])

    def call(self, x, i_one_hot):
        out = self.net(tf.concat([tf.cast(x, tf.float32), tf.cast(i_one_hot, tf.float32)], -1))
        a, b, z = tf.split(out, [self.c, self.p, 1], axis=-1)
        return a, b, tf.reshape(z, [-1])
