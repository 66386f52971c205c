# mistake: tf.Variable weights
# expect: partial
# credit: 4-4
# finding: tf-variable-not-tracked
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        v = lambda *s: tf.Variable(tf.random.normal(s, stddev=0.3))
        self.w, self.c = v(2 + n_superclusters, hidden), v(hidden)
        self.a, self.b, self.z = v(hidden, n_superclusters), v(hidden, n_petals), v(hidden, 1)

    def call(self, x, i_one_hot):
        h = tf.nn.relu(tf.concat([x, i_one_hot], 1) @ self.w + self.c)
        return h @ self.a, h @ self.b, (h @ self.z)[:, 0]
