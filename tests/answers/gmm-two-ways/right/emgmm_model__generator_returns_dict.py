class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        make = lambda init: self.add_weight(shape=(k,), initializer=init, trainable=False)
        self.logits, self.means, self.lsigmas = make("zeros"), make(tf.keras.initializers.RandomUniform(-6, 6)), make("ones")
    @property
    def theta(self):
        return self.logits, self.means, self.lsigmas
    def __call__(self, x, *args, **kwargs):
        r = tf.nn.softmax(tf.cast(mixture_posterior_logits(x, *self.theta), tf.float32), -1)
        new = mstep(x, r)
        [w.assign(tf.reshape(tf.convert_to_tensor(n), [-1])) for w, n in zip(self.theta, new)]
        return {"weights": tf.nn.softmax(self.logits), "means": self.means.value}
