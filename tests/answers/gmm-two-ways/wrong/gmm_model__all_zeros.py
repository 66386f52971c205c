# mistake: all components start equal
# expect: partial
# credit: 6-11.25
# finding: symmetric-start
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros"); self.means = self.add_weight(shape=(k,), initializer="zeros"); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
