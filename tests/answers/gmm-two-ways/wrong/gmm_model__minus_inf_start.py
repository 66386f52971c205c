# mistake: log sigma starts at log(0), so everything is infinite or NaN
# expect: partial|wrong
# credit: 0-9
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer=tf.keras.initializers.Constant(np.log(0.0)))

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
