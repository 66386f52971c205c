# mistake: two EM steps in one call
# expect: partial
# credit: 3.2-4.8
# finding: several-steps
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False); self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def call(self, x):
        for _ in range(2):
            r = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
            l, m, s = mstep(x, r); self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
