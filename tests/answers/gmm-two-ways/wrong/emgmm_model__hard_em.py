# mistake: each point goes to its likeliest component only
# expect: partial
# credit: 3.2-4.8
# finding: hard-assignment
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False); self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def call(self, x):
        r = tf.one_hot(tf.argmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas), 1), self.k)
        l, m, s = mstep(x, r); self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
