# mistake: the logits are never assigned
# expect: partial
# credit: 3.2-4.8
# finding: logits-not-assigned
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False); self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def call(self, x):
        r = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        _, m, s = mstep(x, r); self.means.assign(m); self.lsigmas.assign(s)
