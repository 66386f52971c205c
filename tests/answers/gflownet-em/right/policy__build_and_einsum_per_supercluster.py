class Policy(tf.keras.Model):
    """A weight matrix of its own for the petals of each supercluster."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.n_superclusters, self.n_petals, self.units = n_superclusters, n_petals, hidden
        self.trunk = tf.keras.layers.Dense(hidden, activation="tanh")
        self.first = tf.keras.layers.Dense(n_superclusters + 1)

    def build(self, *shapes, **kwargs):
        self.petal_kernel = self.add_weight(name="petal_kernel", initializer="glorot_normal",
                                            shape=(self.n_superclusters, self.units, self.n_petals))
        self.petal_bias = self.add_weight(name="petal_bias", initializer="zeros",
                                          shape=(self.n_superclusters, self.n_petals))
        self.trunk.build((None, 2))
        self.first.build((None, self.units))
        self.built = True

    def call(self, x, i_one_hot):
        h = self.trunk(x)
        out = self.first(h)
        logits_j = tf.einsum("nc,nh,chp->np", i_one_hot, h, self.petal_kernel) + tf.matmul(i_one_hot, self.petal_bias)
        return out[:, :-1], logits_j, out[:, -1]
