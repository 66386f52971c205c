class EMGMM(tf.keras.Model):
    """starts at random data points"""
    def __init__(self, k):
        super().__init__()
        self.k, self.started = k, False
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
        self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False)
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def call(self, x):
        if not self.started:
            self.started = True
            pick = np.random.choice(len(x), self.k, replace=len(x) < self.k)
            self.means.assign(tf.gather(tf.reshape(x, [-1]), pick))
        p = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        l, m, s = mstep(x, p)
        self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
