# mistake: the logits are not normalised
# expect: partial
# credit: 10-15
# finding: weights-not-normalised
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    return tf.reduce_logsumexp(l - s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi), 1, keepdims=True)
