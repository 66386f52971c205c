# mistake: plain tf.Variable attributes, which Keras 3 does not track, so nothing trains
# expect: partial
# credit: 3-9
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=True)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=True)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=True)

    def call(self, x):
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
