# mistake: super().__init__() is missing, so Keras raises
# expect: error
# credit: 0-0
class GMM(tf.keras.Model):
    def __init__(self, k):
        self.logits = self.add_weight(shape=(k,), initializer="zeros")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
