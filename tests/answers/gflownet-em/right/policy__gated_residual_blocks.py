class GatedBlock(tf.keras.layers.Layer):
    """h + sigmoid(gate) * value"""

    def __init__(self, units):
        super().__init__()
        self.norm = tf.keras.layers.LayerNormalization()
        self.value = tf.keras.layers.Dense(units)
        self.gate = tf.keras.layers.Dense(units, activation="sigmoid")

    def call(self, h):
        z = self.norm(h)
        return h + self.gate(z) * self.value(z)


# %% cell
class Policy(tf.keras.Model):
    """Forward policy of a GFlowNet that chooses a supercluster, then a petal."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32, n_blocks=2, **options):
        super().__init__(**options)
        self.first = tf.keras.layers.Dense(hidden)
        self.blocks = [GatedBlock(hidden) for _ in range(n_blocks)]
        self.to_i = tf.keras.layers.Dense(n_superclusters)
        self.to_j = tf.keras.layers.Dense(n_petals)
        self.to_z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        """logits_i (N, C), logits_j (N, P), log_z (N,) for x (N, 2) and i_one_hot (N, C)."""
        h = self.first(tf.concat([x, i_one_hot], axis=1))
        for block in self.blocks:
            h = block(h)
        (log_z,) = tf.unstack(self.to_z(h), axis=1)
        return [self.to_i(h), self.to_j(h), log_z]
