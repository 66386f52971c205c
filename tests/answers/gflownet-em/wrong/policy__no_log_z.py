# mistake: returns two outputs, log_z is missing
# credit: 0-7
# keywords: log_z|three|missing|two|things
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h)
