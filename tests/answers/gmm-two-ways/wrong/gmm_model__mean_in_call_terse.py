# mistake: call returns the mean over the data
# expect: partial
# credit: 6-11.25
# finding: averaged-over-data
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros"); self.means = self.add_weight(shape=(k,), initializer="random_normal"); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")
    def call(self, inputs):
        return tf.reduce_mean(mixture_likelihood(inputs, self.logits, self.means, self.lsigmas))
