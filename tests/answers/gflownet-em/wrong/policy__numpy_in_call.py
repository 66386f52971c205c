# mistake: NumPy inside call cuts the gradient, the weights get none
# credit: 2-5
# keywords: NumPy|gradient|numpy|TensorFlow
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.c, self.p = n_superclusters, n_petals
        self.w1 = self.add_weight(shape=(2 + n_superclusters, hidden), initializer="glorot_normal", name="w1")
        self.w2 = self.add_weight(shape=(hidden, n_superclusters + n_petals + 1), initializer="glorot_normal", name="w2")

    def call(self, x, i_one_hot):
        inputs = np.concatenate([np.asarray(x), np.asarray(i_one_hot)], axis=1)
        out = np.tanh(inputs @ self.w1.numpy()) @ self.w2.numpy()
        return out[:, :self.c], out[:, self.c:self.c + self.p], out[:, -1]
