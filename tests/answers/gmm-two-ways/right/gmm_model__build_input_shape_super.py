class GMM(tf.keras.Model):
    def __init__(self, k):
        super(GMM, self).__init__()
        self.k = k
    def build(self, input_shape):
        D = input_shape[-1]
        self.logits = self.add_weight(name="logits", shape=(self.k,), initializer="zeros", trainable=True)
        self.means = self.add_weight(name="means", shape=(self.k * D,), initializer=tf.keras.initializers.RandomNormal(stddev=3.), trainable=True)
        self.lsigmas = self.add_weight(name="lsigmas", shape=(self.k,), initializer="zeros", trainable=True)
        super().build(input_shape)
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
