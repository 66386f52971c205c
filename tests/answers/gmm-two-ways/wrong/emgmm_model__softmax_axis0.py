# mistake: the posterior is normalised over the data
# expect: partial
# credit: 3.2-3.2
# finding: normalised-over-data
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False); self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def call(self, x):
        r = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas), axis=0)
        l, m, s = mstep(x, r); self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
