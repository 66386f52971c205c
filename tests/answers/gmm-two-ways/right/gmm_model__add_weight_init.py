# style: add_weight in __init__, (K,)
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=True, name="logits")
        self.means = self.add_weight(shape=(k,), initializer=tf.keras.initializers.RandomNormal(stddev=2.0), trainable=True, name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=True, name="lsigmas")

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
