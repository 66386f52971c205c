import keras

class Policy(keras.Model):
    """log p(x, i, j) is quadratic in x, so quadratic features do without a hidden layer."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.linear_i = keras.layers.Dense(n_superclusters)
        self.linear_j = keras.layers.Dense(n_petals)
        self.embed_j = keras.layers.Dense(n_petals, use_bias=False)
        self.linear_z = keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        f = keras.ops.concatenate([x, x ** 2, x[:, :1] * x[:, 1:]], axis=1)
        z = keras.ops.squeeze(self.linear_z(f), axis=-1)
        return self.linear_i(f), self.linear_j(f) + self.embed_j(i_one_hot), z
