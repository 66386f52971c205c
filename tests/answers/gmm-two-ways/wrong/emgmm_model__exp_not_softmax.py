# mistake: inline E step takes exp of the log joint and never normalises it
# expect: partial
# credit: 1.6-5
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=False)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=False)

    def call(self, x):
        ls = tf.convert_to_tensor(self.lsigmas)
        joint = self.logits - ls - 0.5 * tf.square((tf.cast(x, tf.float32) - self.means) / tf.exp(ls))
        logits, means, lsigmas = mstep(x, tf.exp(joint))
        self.logits.assign(logits)
        self.means.assign(means)
        self.lsigmas.assign(lsigmas)
