class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k
    def build(self, input_shape):
        kw = dict(shape=(self.k, 1), trainable=False)
        self.logits = self.add_weight(name="logits", initializer="zeros", **kw)
        self.means = self.add_weight(name="means", initializer="random_normal", **kw)
        self.lsigmas = self.add_weight(name="lsigmas", initializer="zeros", **kw)
    def e_step(self, x):
        lg = tf.convert_to_tensor(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        return tf.exp(lg - tf.reduce_logsumexp(lg, axis=1, keepdims=True))
    def m_step(self, x, q):
        for w, v in zip([self.logits, self.means, self.lsigmas], mstep(x, q)):
            w.assign(tf.reshape(tf.cast(v, w.dtype), (self.k, 1)))
    def call(self, x, training=None):
        self.m_step(x, self.e_step(x))
        return x
