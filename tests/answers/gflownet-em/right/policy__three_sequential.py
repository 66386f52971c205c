class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32, **kwargs):
        super().__init__(**kwargs)

        def mlp(n_out):
            return tf.keras.Sequential([
                tf.keras.layers.Dense(hidden, activation="gelu"),
                tf.keras.layers.Dense(hidden, activation="gelu"),
                tf.keras.layers.Dense(n_out),
            ])

        self.net_i = mlp(n_superclusters)
        self.net_j = mlp(n_petals)
        self.net_z = mlp(1)

    def call(self, x, i_one_hot):
        logits_i = self.net_i(x)
        logits_j = self.net_j(tf.keras.layers.concatenate([x, i_one_hot]))
        log_z = tf.reshape(self.net_z(x), [-1])
        return logits_i, logits_j, log_z
