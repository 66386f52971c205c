# mistake: dropout also where the policy is used, so it says something else at each call
# credit: 4-4
# keywords: each call|random|dropout
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        h = tf.nn.dropout(self.h(tf.concat([x, i_one_hot], axis=1)), 0.2)
        return self.i(h), self.j(h), self.z(h)[:, 0]
