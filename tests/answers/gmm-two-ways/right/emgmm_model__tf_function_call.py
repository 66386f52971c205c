class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
        self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False)
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    @tf.function
    def call(self, inputs):
        q = tf.nn.softmax(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas), axis=1)
        l, m, s = mstep(inputs, q)
        self.logits.assign(l); self.means.assign(m); self.lsigmas.assign(s)
        return tf.reduce_mean(tf.reduce_max(q, 1))
