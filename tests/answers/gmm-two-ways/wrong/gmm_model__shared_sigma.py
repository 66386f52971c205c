# mistake: a single shared log sigma instead of one per component
# expect: partial
# credit: 4-12
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k
        self.logits = self.add_weight(shape=(k,), initializer="zeros")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(1,), initializer="zeros")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, tf.repeat(self.lsigmas, self.k))
