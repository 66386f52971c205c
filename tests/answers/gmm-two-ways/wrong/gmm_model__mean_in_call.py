# mistake: call returns the mean log-likelihood, a scalar
# expect: partial
# credit: 5-12
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="random_normal")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="random_normal")

    def call(self, x):
        return tf.reduce_mean(mixture_likelihood(x, self.logits, self.means, self.lsigmas))
