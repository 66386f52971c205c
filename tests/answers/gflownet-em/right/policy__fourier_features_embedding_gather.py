class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super(Policy, self).__init__()
        # entry n_superclusters of the embedding stands for "nothing chosen yet"
        self.n = n_superclusters
        self.embedding = tf.keras.layers.Embedding(n_superclusters + 1, hidden)
        self.lift = tf.keras.layers.Dense(hidden)
        self.out_i = tf.keras.layers.Dense(n_superclusters)
        self.out_j = tf.keras.layers.Dense(n_petals)
        self.out_z = tf.keras.layers.Dense(1)

    def call(self, x, i_one_hot):
        chosen = tf.reduce_sum(i_one_hot, axis=1) > 0.5
        index = tf.where(chosen, tf.argmax(i_one_hot, axis=1), tf.cast(self.n, tf.int64))
        features = tf.concat([x, tf.sin(x), tf.cos(x), tf.sin(2 * x), tf.cos(2 * x)], axis=1)
        h = tf.nn.silu(self.lift(features) + self.embedding(index))
        return self.out_i(h), self.out_j(h), self.out_z(h)[:, 0]
