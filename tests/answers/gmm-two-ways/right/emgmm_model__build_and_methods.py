# style: weights in build, e_step and m_step methods
class EMGMM(tf.keras.Model):
    """Expectation maximisation as a Keras model: each call is one iteration."""

    def __init__(self, k):
        super().__init__()
        self.k = k

    def build(self, input_shape):
        make = lambda name, init: self.add_weight(name=name, shape=(self.k,), initializer=init, trainable=False)
        self.logits = make("logits", "zeros")
        self.means = make("means", tf.keras.initializers.RandomNormal(stddev=3.0))
        self.lsigmas = make("lsigmas", "zeros")

    def e_step(self, x):
        return tf.nn.softmax(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))

    def m_step(self, x, r):
        new = [tf.reshape(p, [-1]) for p in mstep(x, r)]
        [w.assign(p) for w, p in zip([self.logits, self.means, self.lsigmas], new)]

    def call(self, x):
        self.m_step(x, self.e_step(x))
