# style: plain tf.Variable, returns None
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=False)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=False)

    def call(self, x):
        post = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas), axis=-1)
        logits, means, lsigmas = mstep(x, post)
        self.logits.assign(logits)
        self.means.assign(means)
        self.lsigmas.assign(lsigmas)
