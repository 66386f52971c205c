# mistake: means and lsigmas are swapped in the call of mixture_likelihood
# expect: partial
# credit: 4-10
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="random_normal")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="random_normal")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.lsigmas, self.means)
