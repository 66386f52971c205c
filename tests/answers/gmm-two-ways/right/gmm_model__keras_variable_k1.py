import keras
class GMM(keras.Model):
    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        self.logits = keras.Variable(np.random.randn(k, 1), dtype="float32", name="logits")
        self.means = keras.Variable(np.random.uniform(-5, 5, (k, 1)), dtype="float32", name="means")
        self.lsigmas = keras.Variable(np.zeros((k, 1)), dtype="float32", name="lsigmas")
    def call(self, inputs, training=None):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
