# mistake: passes softmax(logits) to a function that takes logits
# expect: partial
# credit: 4-10
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="random_normal")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="random_normal")

    def call(self, x):
        return mixture_likelihood(x, tf.nn.softmax(self.logits), self.means, self.lsigmas)
