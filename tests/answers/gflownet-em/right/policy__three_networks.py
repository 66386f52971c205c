# style: a network for each head, zero-initialised last layers
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        def net(k):
            return tf.keras.Sequential([tf.keras.layers.Dense(hidden, activation="tanh"),
                                        tf.keras.layers.Dense(k, kernel_initializer="zeros")])
        self.f, self.g, self.h = net(n_superclusters), net(n_petals), net(1)

    def call(self, x, i_one_hot, training=None):
        both = tf.concat([x, i_one_hot], axis=1)
        return self.f(x), self.g(both), tf.squeeze(self.h(x), axis=-1)
