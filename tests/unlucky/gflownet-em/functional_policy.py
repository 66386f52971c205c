# unlucky: The policy wraps a functional Keras model, with normalisation and a residual connection.
# expect: full
# %% cell policy
import keras
from keras import layers, ops


class Policy(keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32, **kwargs):
        super().__init__(**kwargs)
        x = keras.Input((2,), name="x")
        i = keras.Input((n_superclusters,), name="i")
        h = layers.Dense(hidden, activation="gelu")(layers.Concatenate()([x, i]))
        h = layers.LayerNormalization()(h)
        h = layers.Add()([h, layers.Dense(hidden, activation="gelu")(h)])
        heads = [layers.Dense(n_superclusters)(h), layers.Dense(n_petals)(h), layers.Reshape(())(layers.Dense(1)(h))]
        self.net = keras.Model([x, i], heads, name="net")

    def call(self, x, i_one_hot):
        logits_i, logits_j, log_z = self.net([ops.convert_to_tensor(x), ops.cast(i_one_hot, "float32")])
        return logits_i, logits_j, log_z
