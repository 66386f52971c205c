# style: add_weight and matmul, logits_j as a function of x plus a function of i
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        def w(*shape):
            return self.add_weight(shape=shape, initializer="glorot_uniform", name="w%d" % len(self.weights))
        self.w1, self.b1 = w(2, hidden), self.add_weight(shape=(hidden,), initializer="zeros", name="b1")
        self.wi, self.wj, self.wz = w(hidden, n_superclusters), w(hidden, n_petals), w(hidden, 1)
        self.table = w(n_superclusters, n_petals)
        self.bi = self.add_weight(shape=(n_superclusters,), initializer="zeros", name="bi")
        self.bz = self.add_weight(shape=(1,), initializer="zeros", name="bz")

    def call(self, x, i_one_hot):
        h = tf.nn.leaky_relu(tf.matmul(tf.cast(x, tf.float32), self.w1) + self.b1)
        logits_j = tf.matmul(h, self.wj) + tf.matmul(tf.cast(i_one_hot, tf.float32), self.table)
        return tf.matmul(h, self.wi) + self.bi, logits_j, (tf.matmul(h, self.wz) + self.bz)[:, 0]
