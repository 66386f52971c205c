@tf.keras.utils.register_keras_serializable()
class GMM(tf.keras.Model):
    def __init__(self, k=5, **kwargs):
        super().__init__(**kwargs)
        self.k = k
        self.build(None)
    def build(self, input_shape=None):
        if self.built: return
        for i, n in enumerate(["logits", "means", "lsigmas"]):
            setattr(self, n, self.add_weight(name=n, shape=[self.k], initializer=tf.keras.initializers.RandomNormal(0., 1., seed=i)))
        self.built = True
    def get_config(self):
        return {**super().get_config(), "k": self.k}
    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)
