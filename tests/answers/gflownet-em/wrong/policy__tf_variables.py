# mistake: weights are tf.Variable attributes, which Keras 3 does not track: trainable_variables is empty
# credit: 2-6
# keywords: tf.Variable|track|trainable|add_weight
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p = n_superclusters, n_petals
        out = n_superclusters + n_petals + 1
        self.w1 = tf.Variable(0.3 * tf.random.normal((2 + n_superclusters, hidden)))
        self.b1 = tf.Variable(tf.zeros(hidden))
        self.w2 = tf.Variable(0.3 * tf.random.normal((hidden, out)))
        self.b2 = tf.Variable(tf.zeros(out))

    def call(self, x, i_one_hot):
        h = tf.nn.tanh(tf.concat([x, i_one_hot], 1) @ self.w1 + self.b1)
        a, b, z = tf.split(h @ self.w2 + self.b2, [self.c, self.p, 1], axis=1)
        return a, b, z[:, 0]
