# mistake: weights are created anew with tf.Variable in every call, so training never sticks
# expect: partial|wrong|error
# credit: 0-8
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k

    def call(self, x):
        self.logits = tf.Variable(tf.zeros((self.k,)))
        self.means = tf.Variable(tf.random.normal((self.k,)))
        self.lsigmas = tf.Variable(tf.zeros((self.k,)))
        return mixture_likelihood(x, self.logits, self.means, self.lsigmas)
