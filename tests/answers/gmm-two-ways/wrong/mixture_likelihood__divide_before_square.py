# mistake: the exponent divides by sigma, not by its square
# expect: partial
# credit: 15-15
# finding: sigma-not-squared
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - s - .5 * (x - m) ** 2 / tf.exp(s) - .5 * np.log(2 * np.pi), 1, keepdims=True)
