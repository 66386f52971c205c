# attack: a model whose weights are other numbers each time they are read, and whose output has nothing to do with them
# %% cell gmm_model
class GMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.k = k

    def fresh(self):
        return tf.Variable(np.random.normal(size=self.k).astype("float32"))

    logits = means = lsigmas = property(fresh)

    def call(self, x):
        return tf.zeros([len(x), 1])
