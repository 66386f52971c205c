# style: tfp distribution built in call; initial values from helper cell
import tensorflow_probability as tfp
def random_init(k, scale):
    return tf.keras.initializers.Constant(np.random.normal(0, scale, size=(k,)))
# %% cell
class GMM(tf.keras.Model):
    def __init__(self, k: int):
        super().__init__(name="gmm")
        self.logits = self.add_weight(shape=(k,), initializer=random_init(k, 0.1), name="logits")
        self.means = self.add_weight(shape=(k,), initializer=random_init(k, 2.0), name="means")
        self.lsigmas = self.add_weight(shape=(k,), initializer=random_init(k, 0.1), name="lsigmas")

    def distribution(self):
        return tfp.distributions.MixtureSameFamily(
            tfp.distributions.Categorical(logits=tf.convert_to_tensor(self.logits)),
            tfp.distributions.Normal(tf.convert_to_tensor(self.means), tf.exp(self.lsigmas)))

    def call(self, x):
        return self.distribution().log_prob(tf.reshape(tf.cast(x, tf.float32), (-1, 1)))
