class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super(EMGMM, self).__init__()
        self.logits = tf.Variable(tf.zeros([k]), trainable=False)
        self.means = tf.Variable(tf.random.uniform([k], -5, 5), trainable=False)
        self.lsigmas = tf.Variable(tf.zeros([k]), trainable=False)
    def call(self, inputs):
        posterior = tf.nn.softmax(mixture_posterior_logits(inputs, self.logits, self.means, self.lsigmas), axis=-1)
        for var, new in zip((self.logits, self.means, self.lsigmas), mstep(inputs, posterior)):
            var.assign(tf.reshape(new, var.shape))
