# mistake: mixing weights are left out of the sum
# expect: partial
# credit: 6-12.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    means, lsigmas = tf.reshape(means, [1, -1]), tf.reshape(lsigmas, [1, -1])
    lp = -0.5 * tf.math.log(2 * np.pi * tf.exp(2 * lsigmas)) - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.reduce_logsumexp(lp, axis=1, keepdims=True)
