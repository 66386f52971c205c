# mistake: all three weights start equal for all components, so they never separate
# expect: partial
# credit: 5-12
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="ones")
        self.means = self.add_weight(shape=(k,), initializer="zeros")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
