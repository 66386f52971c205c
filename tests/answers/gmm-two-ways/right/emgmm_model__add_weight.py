# style: add_weight(trainable=False), returns the parameters
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super(EMGMM, self).__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False, name="logits")
        self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False, name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False, name="lsigmas")

    def call(self, inputs):
        # E
        logp = mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas)
        responsibilities = tf.exp(logp - tf.reduce_logsumexp(logp, axis=1, keepdims=True))
        # M
        new = mstep(inputs, responsibilities)
        for var, value in zip((self.logits, self.means, self.lsigmas), new):
            var.assign(tf.reshape(value, var.shape))
        return self.logits, self.means, self.lsigmas
