# unlucky: The final policy subclasses a wrong first try of the same name, and gfn_em is a method.
# expect: full
# %% cell policy
class Policy(tf.keras.Model):
    """First try: log_z does not depend on x."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.body = tf.keras.layers.Dense(hidden, "tanh")
        self.i, self.j = tf.keras.layers.Dense(n_superclusters), tf.keras.layers.Dense(n_petals)

    def call(self, x, i_one_hot):
        h = self.body(tf.concat([x, i_one_hot], 1))
        return self.i(h), self.j(h), tf.zeros(len(x))
# %% after policy
class Policy(Policy):
    def __init__(self, *sizes, **named):
        super().__init__(*sizes, **named)
        self.z = tf.keras.layers.Dense(1, name="log_z")

    def call(self, x, i_one_hot):
        logits_i, logits_j, _ = super().call(x, i_one_hot)
        return logits_i, logits_j, self.z(self.body(tf.concat([x, i_one_hot], 1)))[:, 0]
