# mistake: the weights are trainable (convention)
# expect: partial
# credit: 6-7
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros")
        self.means = self.add_weight(shape=(k,), initializer="random_normal")
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros")

    def call(self, x):
        post = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        logits, means, lsigmas = mstep(x, post)
        self.logits.assign(tf.reshape(logits, [-1]))
        self.means.assign(tf.reshape(means, [-1]))
        self.lsigmas.assign(tf.reshape(lsigmas, [-1]))
