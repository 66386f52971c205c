# mistake: assigns mixing probabilities to the logits
# expect: partial
# credit: 3-6.5
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=False)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=False)

    def call(self, x):
        post = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        logits, means, lsigmas = mstep(x, post)
        self.logits.assign(tf.nn.softmax(tf.reshape(logits, [-1])))
        self.means.assign(tf.reshape(means, [-1]))
        self.lsigmas.assign(tf.reshape(lsigmas, [-1]))
