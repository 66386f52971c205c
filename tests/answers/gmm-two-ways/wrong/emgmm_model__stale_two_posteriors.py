# mistake: the posterior is computed anew after each assignment
# expect: partial
# credit: 3.2-4.8
# finding: posterior-recomputed
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False); self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False); self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
    def post(self, x):
        return tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
    def call(self, x):
        self.logits.assign(mstep(x, self.post(x))[0]); self.means.assign(mstep(x, self.post(x))[1]); self.lsigmas.assign(mstep(x, self.post(x))[2])
