# mistake: call computes the likelihood but does not return it
# expect: wrong|partial|error
# credit: 0-6
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")

    def call(self, x):
        mixture_likelihood(x, self.logits, self.means, self.lsigmas)
