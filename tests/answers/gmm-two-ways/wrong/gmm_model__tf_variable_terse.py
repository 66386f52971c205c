# mistake: tf.Variable, which Keras 3 does not track
# expect: partial
# credit: 6-11.25
# finding: tf-variable-not-tracked
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.random.normal([k])); self.means = tf.Variable(tf.random.normal([k])); self.lsigmas = tf.Variable(tf.random.normal([k]))
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
