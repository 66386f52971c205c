# mistake: no hidden layer: all outputs are linear in x
# expect: partial
# credit: 4-4
# finding: no-hidden-layer
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)
        self.z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        inputs = tf.concat([x, i_one_hot], axis=1)
        return self.i(inputs), self.j(inputs), self.z(inputs)[:, 0]
