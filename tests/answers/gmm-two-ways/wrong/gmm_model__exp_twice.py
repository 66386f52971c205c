# mistake: sigma is passed for log sigma
# expect: partial
# credit: 6-9
# finding: exponentiated-twice
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros"); self.means = self.add_weight(shape=(k,), initializer="random_normal"); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, tf.exp(self.lsigmas))
