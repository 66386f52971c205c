# style: (K, 1) tf.Variables, reshape at assignment, returns log-likelihood before the step
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k
        self.logits = tf.Variable(np.random.randn(k, 1).astype(np.float32), trainable=False)
        self.means = tf.Variable(np.random.uniform(-3, 3, (k, 1)).astype(np.float32), trainable=False)
        self.lsigmas = tf.Variable(np.zeros((k, 1), np.float32), trainable=False)

    def call(self, x):
        ll = mixture_likelihood(x, self.logits, self.means, self.lsigmas)
        q = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        l, m, s = mstep(x, q)
        self.logits.assign(tf.reshape(l, (self.k, 1)))
        self.means.assign(tf.reshape(m, (self.k, 1)))
        self.lsigmas.assign(tf.reshape(s, (self.k, 1)))
        return ll
