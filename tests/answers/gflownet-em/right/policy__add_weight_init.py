class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p = n_superclusters, n_petals
        out = n_superclusters + n_petals + 1
        self.w1 = self.add_weight(shape=(2 + n_superclusters, hidden), initializer="glorot_uniform", name="w1")
        self.b1 = self.add_weight(shape=(hidden,), initializer="zeros", name="b1")
        self.w2 = self.add_weight(shape=(hidden, out), initializer="glorot_uniform", name="w2")
        self.b2 = self.add_weight(shape=(out,), initializer="zeros", name="b2")
        self.built = True

    def call(self, x, i_one_hot):
        h = tf.nn.tanh(tf.matmul(tf.concat([x, i_one_hot], 1), self.w1) + self.b1)
        out = h @ self.w2 + self.b2
        a, b, z = tf.split(out, [self.c, self.p, 1], axis=1)
        return a, b, tf.squeeze(z, axis=1)
