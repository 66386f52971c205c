class EMGMM(tf.keras.Model):
    def __init__(self, k, **kwargs):
        super().__init__(**kwargs)
        import keras
        self.logits = keras.Variable(np.zeros(k, "float32"), trainable=False)
        self.means = keras.Variable(np.random.normal(size=k).astype("float32"), trainable=False)
        self.lsigmas = keras.Variable(np.zeros(k, "float32"), trainable=False)
    def call(self, x):
        from scipy.special import softmax
        g = np.asarray(mixture_posterior_logits(x, self.logits, self.means, self.lsigmas))
        new = mstep(x, softmax(g, axis=1).astype("float32"))
        self.set_weights([np.reshape(np.array(p), (-1,)) for p in new])
        return self.get_weights()
