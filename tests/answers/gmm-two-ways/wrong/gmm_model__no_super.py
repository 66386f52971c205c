# mistake: super().__init__() is forgotten
# expect: error
# credit: 0-0
# finding: raised
class GMM(tf.keras.Model):
    def __init__(self, k):
        self.logits = self.add_weight(shape=(k,), initializer="zeros"); self.means = self.add_weight(shape=(k,), initializer="random_normal"); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
