# mistake: assigns to local names instead of the variables
# expect: partial|wrong
# credit: 0-5
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=False)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=False)

    def call(self, x):
        logits, means, lsigmas = self.logits, self.means, self.lsigmas
        post = tf.nn.softmax(mixture_posterior_logits(x, logits, means, lsigmas))
        logits, means, lsigmas = mstep(x, post)
