from tensorflow import keras
from tensorflow.keras import layers

class Policy(keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        a = keras.Input((2,))
        b = keras.Input((n_superclusters,))
        h = layers.Concatenate()([a, b])
        h = layers.Dense(hidden, activation="swish")(h)
        logits_i = layers.Dense(n_superclusters)(h)
        logits_j = layers.Dense(n_petals)(h)
        log_z = layers.Reshape(())(layers.Dense(1)(h))
        self.net = keras.Model([a, b], [logits_i, logits_j, log_z])

    def call(self, x, i_one_hot):
        logits_i, logits_j, log_z = self.net([x, i_one_hot])
        return logits_i, logits_j, log_z
