# mistake: log_z is one trainable number for all points and does not depend on x
# credit: 4-7
# keywords: log_z|depend|constant|each point|on x
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.h = tf.keras.layers.Dense(hidden, activation="relu")
        self.i = tf.keras.layers.Dense(n_superclusters)
        self.j = tf.keras.layers.Dense(n_petals)
        self.log_z = self.add_weight(shape=(1,), initializer="zeros", name="log_z")

    def call(self, x, i_one_hot):
        h = self.h(tf.concat([x, i_one_hot], axis=1))
        return self.i(h), self.j(h), tf.repeat(self.log_z, tf.shape(x)[0])
