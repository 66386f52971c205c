# mistake: all weights start at zero, hidden layer included, so only the biases can learn and nothing depends on x
# credit: 0-5
# keywords: zero|initial|depend|gradient|symmetr
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu", kernel_initializer="zeros")
        self.i = tf.keras.layers.Dense(n_superclusters, kernel_initializer="zeros")
        self.j = tf.keras.layers.Dense(n_petals, kernel_initializer="zeros")
        self.z = tf.keras.layers.Dense(1, kernel_initializer="zeros")

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), self.z(h)[:, 0]
