class Policy(tf.keras.Model):
    """The choice scales and shifts what the network knows about the point; nothing chosen leaves it as it is."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        dense = tf.keras.layers.Dense
        self.point = dense(hidden, activation="tanh")
        self.scale = dense(hidden, use_bias=False)
        self.shift = dense(hidden, use_bias=False)
        self.head_i, self.head_j, self.head_z = dense(n_superclusters), dense(n_petals), dense(1)

    def call(self, x, i_one_hot):
        h = self.point(x)
        h = tf.nn.elu(h * (1.0 + self.scale(i_one_hot)) + self.shift(i_one_hot))
        return self.head_i(h), self.head_j(h), tf.reshape(self.head_z(h), [-1])
