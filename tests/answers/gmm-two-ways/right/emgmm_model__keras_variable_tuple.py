# style: keras.Variable(trainable=False), tuple assignment, returns a scalar
import keras

class EMGMM(keras.Model):
    def __init__(self, k):
        super().__init__()
        rng = np.random.default_rng()
        self.logits = keras.Variable(rng.normal(size=k).astype("float32"), trainable=False)
        self.means = keras.Variable(rng.normal(size=k).astype("float32") * 2, trainable=False)
        self.lsigmas = keras.Variable(np.zeros(k, "float32"), trainable=False)

    def call(self, x, training=None):
        lp = mixture_posterior_logits(x, self.logits.value, self.means.value, self.lsigmas.value)
        a, b, c = mstep(x, keras.ops.softmax(lp, axis=-1))
        self.logits.assign(a), self.means.assign(b), self.lsigmas.assign(c)
        return tf.reduce_mean(mixture_likelihood(x, self.logits, self.means, self.lsigmas))
