# unlucky: Keras was set to float64 at the end, to see whether that helps, and the policy had types of its own.
# expect: full
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__(dtype="float32")
        self.body = tf.keras.layers.Dense(hidden, activation="relu", dtype="float32")
        self.heads = [tf.keras.layers.Dense(n, dtype="float32") for n in (n_superclusters, n_petals, 1)]

    def call(self, x, i_one_hot):
        h = self.body(tf.concat([tf.cast(x, tf.float32), tf.cast(i_one_hot, tf.float32)], axis=1))
        logits_i, logits_j, log_z = [head(h) for head in self.heads]
        return logits_i, logits_j, log_z[:, 0]
# %% last
tf.keras.backend.set_floatx("float64")
print(tf.keras.layers.Dense(1)(np.ones((1, 2))).dtype)
