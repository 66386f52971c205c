# mistake: call returns the posterior, there is no M step and nothing is assigned
# expect: partial|wrong
# credit: 0-3.2
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.zeros((k,)), trainable=False)
        self.means = tf.Variable(tf.random.normal((k,)), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros((k,)), trainable=False)

    def call(self, x):
        return tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
