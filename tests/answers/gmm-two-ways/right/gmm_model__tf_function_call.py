# style: call decorated with tf.function, mixed (K,) and (K,1) weights
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=True)
        self.means = self.add_weight(shape=(k, 1), initializer="glorot_normal", trainable=True)
        self.lsigmas = self.add_weight(shape=(k, 1), initializer="zeros", trainable=True)

    @tf.function
    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
