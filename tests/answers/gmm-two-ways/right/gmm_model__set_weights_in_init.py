class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        names = ["logits", "means", "lsigmas"]
        self.logits, self.means, self.lsigmas = [self.add_weight(name=n, shape=(k,)) for n in names] if k == 1 else [self.add_weight(name=n, shape=(k,), initializer="ones") for n in names]
        self.set_weights([np.zeros(k), np.random.default_rng(1).normal(size=k) * 2, np.zeros(k)])
    def call(self, inputs, **kwargs):
        params = {"logits": self.logits, "means": self.means, "lsigmas": self.lsigmas}
        return mixture_likelihood(inputs, **params)
