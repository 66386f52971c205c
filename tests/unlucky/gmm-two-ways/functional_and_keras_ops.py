# unlucky: GMM is a functional Keras model around a layer, EMGMM holds Keras's own variables, and train uses Keras 3's new names.
# expect: full
# %% cell gmm_model
import keras
from keras import layers, ops


class MixtureLayer(layers.Layer):
    def __init__(self, k, **others):
        super().__init__(**others)
        self.k = k

    def build(self, input_shape):
        for name in ("logits", "means", "lsigmas"):
            start = keras.initializers.TruncatedNormal(stddev=0.1)
            setattr(self, name, self.add_weight(name=name, shape=(self.k, 1), initializer=start))

    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)


class GMM(keras.Model):
    def __init__(self, k):
        points = keras.Input(shape=(1,), name="points")
        super().__init__(inputs=points, outputs=MixtureLayer(k, name="mixture")(points))

    @property
    def logits(self):
        return self.get_layer("mixture").logits

    @property
    def means(self):
        return self.get_layer("mixture").means

    @property
    def lsigmas(self):
        return self.get_layer("mixture").lsigmas
# %% cell loss
def loss(model, inputs):
    return ops.negative(ops.mean(model(inputs)))
# %% cell train
def train(model, optimizer, inputs, steps):
    for _ in range(steps):
        optimizer.apply(grad(model, inputs), model.trainable_variables)
# %% cell emgmm_model
class EMGMM(keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits, self.means, self.lsigmas = (
            keras.Variable(keras.random.normal((k,), stddev=0.1), trainable=False, name=name) for name in ("logits", "means", "lsigmas"))

    def call(self, inputs):
        variables = self.logits, self.means, self.lsigmas
        posterior = ops.softmax(mixture_posterior_logits(inputs, *variables), axis=-1)
        for variable, value in zip(variables, mstep(inputs, posterior)):
            variable.assign(value)
        return ops.copy(self.means)
