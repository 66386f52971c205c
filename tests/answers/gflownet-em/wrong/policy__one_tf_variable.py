# mistake: one head of tf.Variable
# expect: partial
# credit: 4-4
# finding: tf-variable-not-tracked
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.first = tf.Variable(tf.random.normal([2 + n_superclusters, hidden]))
        self.a, self.b, self.z = (tf.keras.layers.Dense(k) for k in (n_superclusters, n_petals, 1))

    def call(self, x, i_one_hot):
        h = tf.nn.relu(tf.matmul(tf.concat([x, i_one_hot], 1), self.first))
        return self.a(h), self.b(h), self.z(h)[:, 0]
