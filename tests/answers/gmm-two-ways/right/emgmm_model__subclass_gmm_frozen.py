class EMGMM(GMM):
    def __init__(self, k):
        super().__init__(k)
        self.trainable = False
    def call(self, inputs, training=None):
        if not hasattr(self, "means"):
            self.build(inputs.shape)
        before = mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
        q = tf.nn.softmax(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas))
        l, m, s = mstep(inputs, q)
        self.logits.assign(tf.reshape(l, self.logits.shape)); self.means.assign(tf.reshape(m, self.means.shape)); self.lsigmas.assign(tf.reshape(s, self.lsigmas.shape))
        return before
