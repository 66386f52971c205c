# mistake: inline M step computes the variance around the old means
# expect: partial
# credit: 3-6.5
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=False)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=False)

    def call(self, x):
        x = tf.cast(x, tf.float32)
        r = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        nk = tf.reduce_sum(r, axis=0)
        new_means = tf.reduce_sum(r * x, axis=0) / nk
        var = tf.reduce_sum(r * tf.square(x - self.means), axis=0) / nk
        self.logits.assign(tf.math.log(nk))
        self.means.assign(new_means)
        self.lsigmas.assign(0.5 * tf.math.log(var))
