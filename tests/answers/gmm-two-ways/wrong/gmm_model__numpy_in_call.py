# mistake: call passes NumPy copies of the weights, so no gradient reaches them
# expect: partial
# credit: 3-10
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")

    def call(self, x):
        return mixture_likelihood(x, self.logits.numpy(), self.means.numpy(), self.lsigmas.numpy())
