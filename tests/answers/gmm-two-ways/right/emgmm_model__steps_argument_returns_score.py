class EMGMM(tf.keras.Model):
    """Gaussian mixture with k components, to be fitted by EM."""

    def __init__(self, k, stddev=0.1):
        super().__init__()
        for name in ("logits", "means", "lsigmas"):
            noise = tf.random.normal([k], stddev=stddev).numpy()
            weight = self.add_weight(shape=(k,), initializer="zeros", trainable=False, name=name)
            weight.assign(noise)
            setattr(self, name, weight)

    @property
    def theta(self):
        return self.logits, self.means, self.lsigmas

    def call(self, inputs, steps=1):
        """`steps` steps of EM, one by default; returns the mean log-likelihood afterwards."""
        for _ in range(steps):
            log_r = tf.nn.log_softmax(mixture_posterior_logits(inputs, *self.theta), axis=1)
            fresh = mstep(inputs, tf.exp(log_r))
            for k, weight in enumerate(self.theta):
                weight.assign(tf.reshape(fresh[k], [-1]))
        return tf.reduce_mean(mixture_likelihood(inputs, *self.theta))
