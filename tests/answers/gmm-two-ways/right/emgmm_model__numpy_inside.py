# style: NumPy responsibilities with scipy.special.softmax, set through assign
from scipy.special import softmax

class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(np.zeros(k), dtype=tf.float32, trainable=False)
        self.means = tf.Variable(np.linspace(-2, 2, k), dtype=tf.float32, trainable=False)
        self.lsigmas = tf.Variable(np.zeros(k), dtype=tf.float32, trainable=False)

    def call(self, x):
        logits = np.array(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        r = softmax(logits, axis=1).astype(np.float32)
        pi, mu, ls = (np.ravel(v) for v in mstep(x, r))
        self.logits.assign(pi)
        self.means.assign(mu)
        self.lsigmas.assign(ls)
        return r
