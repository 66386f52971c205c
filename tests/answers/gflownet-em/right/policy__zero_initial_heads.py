class Policy(tf.keras.Model):
    # heads start at zero: the policy is uniform before training
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.trunk = tf.keras.layers.Dense(hidden, activation="relu")
        zeros = dict(kernel_initializer="zeros", bias_initializer="zeros")
        self.i = tf.keras.layers.Dense(n_superclusters, **zeros)
        self.j = tf.keras.layers.Dense(n_petals, **zeros)
        self.z = tf.keras.layers.Dense(1, **zeros)

    def call(self, x, i_one_hot, training=False):
        h = self.trunk(tf.concat((x, i_one_hot), axis=1))
        return self.i(h), self.j(h), self.z(h)[..., 0]
