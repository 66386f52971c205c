# mistake: the density, not its logarithm
# expect: partial
# credit: 10-10
# finding: density-for-log
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    return tf.exp(tf.reduce_logsumexp(tf.nn.log_softmax(l) - s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi), 1, keepdims=True))
