# mistake: NumPy arrays as weights and .assign called on them, which raises
# expect: error
# credit: 0-0
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = np.zeros(k, dtype=np.float32)
        self.means = np.random.normal(size=k).astype(np.float32)
        self.lsigmas = np.zeros(k, dtype=np.float32)

    def call(self, x):
        post = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        logits, means, lsigmas = mstep(x, post)
        self.logits.assign(logits)
        self.means.assign(means)
        self.lsigmas.assign(lsigmas)
