class Policy(tf.keras.Model):
    """Each option has a key, as in attention; its logit is the dot product with the query of the state."""

    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.state_layer = tf.keras.layers.Dense(hidden, activation="gelu")
        self.query_layer = tf.keras.layers.Dense(hidden)
        self.supercluster_keys = self.add_weight(name="supercluster_keys", shape=(hidden, n_superclusters),
                                                 initializer="glorot_uniform")
        self.petal_keys = self.add_weight(name="petal_keys", shape=(hidden, n_petals), initializer="glorot_uniform")
        self.log_z_key = self.add_weight(name="log_z_key", shape=(hidden, 1), initializer="glorot_uniform")

    def call(self, x, i_one_hot):
        query = self.query_layer(self.state_layer(tf.concat((x, i_one_hot), 1)))
        log_z = tf.matmul(query, self.log_z_key)
        return tf.matmul(query, self.supercluster_keys), tf.matmul(query, self.petal_keys), log_z[:, 0]
