# unlucky: The models are built as Keras's guides do: registered, with a layer inside, saved, loaded and exported.
# expect: full
# %% cell gmm_model
@tf.keras.utils.register_keras_serializable(package="homework")
class Components(tf.keras.layers.Layer):
    def __init__(self, k, trainable=True, **others):
        super().__init__(trainable=trainable, **others)
        self.k = k

    def build(self, input_shape):
        start = tf.keras.initializers.RandomNormal(stddev=0.1)
        self.logits = self.add_weight(name="logits", shape=(self.k, 1), initializer="zeros")
        self.means = self.add_weight(name="means", shape=(self.k, 1), initializer=start)
        self.lsigmas = self.add_weight(name="lsigmas", shape=(self.k, 1), initializer=start)

    def call(self, inputs):
        return mixture_likelihood(inputs, self.logits, self.means, self.lsigmas)


@tf.keras.utils.register_keras_serializable(package="homework")
class GMM(tf.keras.Model):
    def __init__(self, k, **others):
        super().__init__(**others)
        self.k, self.components = k, Components(k)
        self.components.build((None, 1))

    logits = property(lambda self: self.components.logits)
    means = property(lambda self: self.components.means)
    lsigmas = property(lambda self: self.components.lsigmas)

    def call(self, inputs):
        return self.components(inputs)

    def get_config(self):
        return {"k": self.k}


_small = GMM(2)
_small(np.zeros((1, 1), dtype="float32"))
_small.save("/content/drive/MyDrive/small.keras")
# %% cell emgmm_model
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits, self.means, self.lsigmas = (
            self.add_weight(shape=(k,), initializer=tf.random_normal_initializer(stddev=0.1), trainable=False, name=name)
            for name in ("logits", "means", "lsigmas"))

    def call(self, inputs, training=None, mask=None):
        responsibilities = tf.nn.softmax(mixture_posterior_logits(inputs, *self.weights), axis=-1)
        self.set_weights([np.reshape(value, -1) for value in mstep(inputs, responsibilities)])
        return {"means": self.means}
# %% last
tf.saved_model.save(model, "/content/saved")
