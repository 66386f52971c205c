# style: weights in build
class GMM(tf.keras.Model):
    """Gaussian mixture, trained by maximum likelihood."""

    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        self.k = k

    def build(self, input_shape):
        init = tf.keras.initializers.RandomNormal(0.0, 1.0)
        self.logits = self.add_weight(shape=(self.k,), initializer=init, name="logits")
        self.means = self.add_weight(shape=(self.k,), initializer=init, name="means")
        self.lsigmas = self.add_weight(shape=(self.k,), initializer=init, name="lsigmas")
        super().build(input_shape)

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
