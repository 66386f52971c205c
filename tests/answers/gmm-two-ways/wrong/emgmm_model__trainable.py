# mistake: the weights are trainable
# expect: partial
# credit: 6-6
# finding: trainable-weights
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros"); self.means = self.add_weight(shape=(k,), initializer="random_normal"); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")
    def call(self, x):
        r = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        l, m, s = mstep(x, r); self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
