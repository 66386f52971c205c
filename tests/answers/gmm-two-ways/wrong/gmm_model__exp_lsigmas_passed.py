# mistake: passes exp(lsigmas) to a function that takes log sigma
# expect: partial
# credit: 4-10
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k, 1), initializer="random_normal")
        self.means = self.add_weight(shape=(k, 1), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k, 1), initializer="random_normal")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, tf.exp(self.lsigmas))
