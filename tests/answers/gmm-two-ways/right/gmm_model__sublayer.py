class _Params(tf.keras.layers.Layer):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros")
        self.means = self.add_weight(shape=(k,), initializer=tf.keras.initializers.RandomUniform(-4, 4, seed=3))
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")
        self.built = True
    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.params = _Params(k)
        self.logits, self.means, self.lsigmas = self.params.logits, self.params.means, self.params.lsigmas
    def call(self, x):
        return self.params(x)
