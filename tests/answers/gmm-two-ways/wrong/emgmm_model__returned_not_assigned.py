# mistake: the new values are returned, not assigned
# expect: partial
# credit: 1.6-3.2
# finding: nothing-assigned
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False); self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def call(self, x):
        return mstep(x, tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas)))
