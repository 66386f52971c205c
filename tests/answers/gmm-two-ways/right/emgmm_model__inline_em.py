# style: own E and M step written inline, no other task used
class EMGMM(tf.keras.Model):
    def __init__(self, k):
        super().__init__()
        self.logits = self.add_weight(shape=(k,), initializer="zeros", trainable=False)
        self.means = self.add_weight(shape=(k,), initializer=tf.keras.initializers.RandomUniform(-4.0, 4.0), trainable=False)
        self.lsigmas = self.add_weight(shape=(k,), initializer="zeros", trainable=False)

    def call(self, x):
        x = tf.cast(x, tf.float32)
        ls = tf.convert_to_tensor(self.lsigmas)
        joint = self.logits - ls - 0.5 * tf.square((x - self.means) / tf.exp(ls))
        r = tf.nn.softmax(joint, axis=1)
        nk = tf.reduce_sum(r, axis=0)
        mu = tf.reduce_sum(r * x, axis=0) / nk
        var = tf.reduce_sum(r * tf.square(x - mu), axis=0) / nk
        self.logits.assign(tf.math.log(nk / tf.reduce_sum(nk)))
        self.means.assign(mu)
        self.lsigmas.assign(tf.math.log(tf.sqrt(var)))
