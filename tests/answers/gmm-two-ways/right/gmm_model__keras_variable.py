# style: keras.Variable attributes with initial values from np.random
import keras

class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = keras.Variable(np.random.randn(k).astype("float32"), trainable=True, name="logits")
        self.means = keras.Variable(np.random.uniform(-5, 5, k).astype("float32"), trainable=True, name="means")
        self.lsigmas = keras.Variable(np.zeros(k, dtype="float32"), trainable=True, name="lsigmas")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
