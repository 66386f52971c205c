# style: (K, 1) weights, all random
class GMM(tf.keras.Model):
    def __init__(self, k):
        super(GMM, self).__init__()
        self.k = k
        self.logits = self.add_weight(name="logits", shape=(k, 1), initializer="random_normal")
        self.means = self.add_weight(name="means", shape=(k, 1), initializer=tf.keras.initializers.RandomUniform(-4, 4))
        self.lsigmas = self.add_weight(name="lsigmas", shape=(k, 1), initializer="random_normal")

    def call(self, inputs, training=False):
        ll = mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
        return ll
