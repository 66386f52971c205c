# style: separate update method, softmax by hand, variables with explicit names, returns x
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = tf.Variable(tf.random.normal([k]), trainable=False, name="logits")
        self.means = tf.Variable(tf.random.normal([k], stddev=2.), trainable=False, name="means")
        self.lsigmas = tf.Variable(tf.random.normal([k], stddev=.1), trainable=False, name="lsigmas")

    def update(self, x):
        # log q normalised by hand, because the logits are only known up to a constant
        log_q = tf.convert_to_tensor(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        log_q = log_q - tf.reduce_max(log_q, axis=1, keepdims=True)
        q = tf.exp(log_q)
        q = q / tf.reduce_sum(q, axis=1, keepdims=True)
        return mstep(x, q)

    def call(self, x):
        (new_logits, new_means, new_lsigmas) = self.update(x)
        self.logits.assign(tf.reshape(new_logits, self.logits.shape))
        self.means.assign(tf.reshape(new_means, self.means.shape))
        self.lsigmas.assign(tf.reshape(new_lsigmas, self.lsigmas.shape))
        return x
