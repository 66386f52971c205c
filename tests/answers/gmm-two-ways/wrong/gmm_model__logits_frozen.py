# mistake: the mixing logits are not trainable
# expect: partial
# credit: 6-12
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
