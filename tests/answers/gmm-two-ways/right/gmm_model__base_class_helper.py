class _HasMixtureWeights(tf.keras.Model):
    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        for n in "logits means lsigmas".split():
            setattr(self, n, self._w(n, k))
    def _w(self, n, k):
        return self.add_weight(name=n, shape=(k,), initializer="random_normal")
class GMM(_HasMixtureWeights):
    def call(self, x, training=None, mask=None):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
