class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.gmm = GMM(k)
        self.gmm.trainable = False
    logits = property(lambda self: self.gmm.logits)
    means = property(lambda self: self.gmm.means)
    lsigmas = property(lambda self: self.gmm.lsigmas)
    def call(self, inputs):
        ll = self.gmm(inputs)
        p = tf.nn.softmax(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas))
        for w, v in zip((self.logits, self.means, self.lsigmas), mstep(inputs, p)):
            w.assign(tf.reshape(v, w.shape))
        return ll
