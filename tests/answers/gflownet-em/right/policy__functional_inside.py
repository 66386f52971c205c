# style: a functional model inside
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        x, i = tf.keras.Input((2,)), tf.keras.Input((n_superclusters,))
        h = tf.keras.layers.Concatenate()([x, i])
        h = tf.keras.layers.Dense(hidden, activation="swish")(h)
        outputs = [tf.keras.layers.Dense(k)(h) for k in (n_superclusters, n_petals)]
        z = tf.keras.layers.Reshape(())(tf.keras.layers.Dense(1)(h))
        self.inner = tf.keras.Model([x, i], outputs + [z])

    def call(self, x, i_one_hot):
        return tuple(self.inner([x, i_one_hot]))
