# style: exp of the own log-posterior, which is normalised
# alone
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False); self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def call(self, x):
        l, m, s = mstep(x, tf.exp(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))); self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
