class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self._p = {n: self.add_weight(name=n, shape=(k,), initializer="random_uniform") for n in ("logits", "means", "lsigmas")}
    logits = property(lambda self: self._p["logits"])
    means = property(lambda self: self._p["means"])
    lsigmas = property(lambda self: self._p["lsigmas"])
    def call(self, inputs):
        return mixture_likelihood(inputs, *(self._p[n] for n in ("logits", "means", "lsigmas")))
