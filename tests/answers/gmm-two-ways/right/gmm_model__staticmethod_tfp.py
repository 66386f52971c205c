class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=[k], initializer="glorot_uniform") if False else self.add_weight(shape=[k], initializer="uniform")
        self.means = self.add_weight(shape=[k], initializer="normal")
        self.lsigmas = self.add_weight(shape=[k], initializer="uniform")
    @staticmethod
    def _dist(l, m, s):
        import tensorflow_probability as tfp
        d = tfp.distributions
        return d.MixtureSameFamily(d.Categorical(logits=l), d.Normal(m, tf.exp(s)))
    def call(self, inputs, training=None):
        return self._dist(tf.convert_to_tensor(self.logits), tf.convert_to_tensor(self.means), tf.convert_to_tensor(self.lsigmas)).log_prob(inputs)
