# mistake: adds the results to the old weights
# expect: partial
# credit: 3.2-4.8
# finding: added-to-the-old-weights
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
        self.means = self.add_weight(shape=(k,), initializer="random_normal", trainable=False)
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)

    def call(self, x):
        r = tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        for weight, new in zip((self.logits, self.means, self.lsigmas), mstep(x, r)):
            weight.assign_add(new)
