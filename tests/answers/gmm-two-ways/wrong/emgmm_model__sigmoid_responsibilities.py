# mistake: sigmoid instead of softmax: the responsibilities of a point do not sum to 1, and soft ones are distorted
# expect: partial
# credit: 2-5
# finding: sigmoid-for-softmax
class EMGMM(tf.keras.Model):

    def __init__(self, k):
        super().__init__()
        init = tf.random_normal_initializer(stddev=0.1)
        self.logits = self.add_weight(shape=(k,), initializer=init, trainable=False, name="logits")
        self.means = self.add_weight(shape=(k,), initializer=init, trainable=False, name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer=init, trainable=False, name="lsigmas")

    def call(self, inputs):
        posterior = tf.sigmoid(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas))
        logits, means, lsigmas = mstep(inputs, posterior)
        self.logits.assign(logits)
        self.means.assign(means)
        self.lsigmas.assign(lsigmas)
