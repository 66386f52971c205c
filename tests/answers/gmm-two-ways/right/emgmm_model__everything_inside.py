class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(np.zeros(k), trainable=False, dtype=tf.float32)
        self.means = tf.Variable(np.linspace(-3, 3, k), trainable=False, dtype=tf.float32)
        self.lsigmas = tf.Variable(np.zeros(k), trainable=False, dtype=tf.float32)
    def call(self, x):
        x = tf.cast(x, tf.float64)
        l, m, s = (tf.cast(v, tf.float64) for v in (self.logits, self.means, self.lsigmas))
        r = tf.nn.softmax(l - s - .5 * ((x - m) / tf.exp(s)) ** 2, axis=1)
        n = tf.reduce_sum(r, 0)
        mu = tf.reduce_sum(r * x, 0) / n
        var = tf.reduce_sum(r * (x - mu) ** 2, 0) / n
        self.logits.assign(tf.cast(tf.math.log(n), tf.float32))
        self.means.assign(tf.cast(mu, tf.float32))
        self.lsigmas.assign(tf.cast(.5 * tf.math.log(var), tf.float32))
