# mistake: assigns the means, then computes the posterior anew for the other two
# expect: partial
# credit: 3.2-4.8
# finding: posterior-recomputed
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
        self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False)
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)

    def step(self, x):
        return mstep(x, tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas)))

    def call(self, x):
        self.means.assign(self.step(x)[1])
        logits, _, lsigmas = self.step(x)
        self.logits.assign(logits)
        self.lsigmas.assign(lsigmas)
