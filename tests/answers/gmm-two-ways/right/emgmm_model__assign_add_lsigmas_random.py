class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros([k]), trainable=False)
        self.means = tf.Variable(tf.zeros([k]), trainable=False)
        self.lsigmas = tf.Variable(tf.random.normal([k], stddev=.3), trainable=False)
    def call(self, x):
        p = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        l, m, s = mstep(x, p)
        self.logits.assign_add(l - self.logits); self.means.assign_sub(self.means - m); self.lsigmas.assign_add(s - self.lsigmas)
