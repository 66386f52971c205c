class _Block(tf.keras.layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.dense = tf.keras.layers.Dense(units)
        self.norm = tf.keras.layers.LayerNormalization()

    def call(self, h):
        return tf.nn.relu(self.norm(self.dense(h)))


class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.blocks = [_Block(hidden), _Block(hidden)]
        self.heads = {"i": tf.keras.layers.Dense(n_superclusters), "j": tf.keras.layers.Dense(n_petals),
                      "z": tf.keras.layers.Dense(1)}

    def call(self, x, i_one_hot):
        h = tf.concat([tf.cast(x, tf.float32), tf.cast(i_one_hot, tf.float32)], axis=-1)
        for block in self.blocks:
            h = block(h)
        return tuple([self.heads["i"](h), self.heads["j"](h), tf.reduce_sum(self.heads["z"](h), axis=-1)])
