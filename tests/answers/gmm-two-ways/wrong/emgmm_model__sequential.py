# mistake: the posterior is recomputed after each assignment, so not all parameters come from the same posterior
# expect: partial
# credit: 1.6-5
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=False)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=False)

    def posterior(self, x):
        return tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))

    def call(self, x):
        self.logits.assign(tf.reshape(mstep(x, self.posterior(x))[0], [-1]))
        self.means.assign(tf.reshape(mstep(x, self.posterior(x))[1], [-1]))
        self.lsigmas.assign(tf.reshape(mstep(x, self.posterior(x))[2], [-1]))
