class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(name="logits", shape=(k,), initializer="zeros")
        self.means = self.add_weight(name="means", shape=(k,), initializer="zeros")
        self.lsigmas = self.add_weight(name="lsigmas", shape=(k,), initializer="random_normal")
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
