# mistake: k is ignored
# expect: partial
# credit: 6-9
# finding: wrong-number-of-weights
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(5,), initializer="zeros"); self.means = self.add_weight(shape=(5,), initializer="random_normal"); self.lsigmas = self.add_weight(shape=(5,), initializer="zeros")
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
