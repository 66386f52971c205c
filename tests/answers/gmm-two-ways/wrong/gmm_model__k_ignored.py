# mistake: k is ignored, always five components
# expect: partial|wrong
# credit: 0-12
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(5,), initializer="zeros")
        self.means = self.add_weight(shape=(5,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(5,), initializer="zeros")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
