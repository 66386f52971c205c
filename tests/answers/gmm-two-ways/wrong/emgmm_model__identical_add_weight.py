# mistake: all components start equal
# expect: partial
# credit: 3.2-6
# finding: symmetric-start
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits, self.means, self.lsigmas = [self.add_weight(shape=(k,), initializer="zeros", trainable=False) for _ in range(3)]
    def call(self, x):
        r = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        l, m, s = mstep(x, r); self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
