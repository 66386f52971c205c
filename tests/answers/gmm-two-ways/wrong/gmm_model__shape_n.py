# mistake: call squeezes the likelihood to (N,)
# expect: partial
# credit: 10-14
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="random_normal")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="random_normal")

    def call(self, x):
        return tf.reshape(mixture_likelihood(x, self.logits, self.means, self.lsigmas), [-1])
