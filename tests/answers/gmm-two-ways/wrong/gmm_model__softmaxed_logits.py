# mistake: probabilities are passed for logits
# expect: partial
# credit: 6-9
# finding: softmaxed-twice
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros"); self.means = self.add_weight(shape=(k,), initializer="random_normal"); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")
    def call(self, inputs):
        return mixture_likelihood(inputs, tf.nn.softmax(self.logits), self.means, self.lsigmas)
