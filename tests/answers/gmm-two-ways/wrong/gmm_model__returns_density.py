# mistake: call exponentiates the log-likelihood
# expect: partial
# credit: 4-9
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="random_normal")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="random_normal")

    def call(self, x):
        return tf.exp(mixture_likelihood(x, self.logits, self.means, self.lsigmas))
