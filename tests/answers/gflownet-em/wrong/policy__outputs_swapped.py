# mistake: logits_j is returned before logits_i
# credit: 3-7
# keywords: order|swap|first|logits_i|shape
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.net_i = tf.keras.Sequential([tf.keras.layers.Dense(hidden, "relu"), tf.keras.layers.Dense(n_superclusters)])
        self.net_j = tf.keras.Sequential([tf.keras.layers.Dense(hidden, "relu"), tf.keras.layers.Dense(n_petals)])
        self.net_z = tf.keras.Sequential([tf.keras.layers.Dense(hidden, "relu"), tf.keras.layers.Dense(1)])

    def call(self, x, i_one_hot):
        return self.net_j(tf.concat([x, i_one_hot], 1)), self.net_i(x), self.net_z(x)[:, 0]
