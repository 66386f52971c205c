# mistake: the mixing weights are left out
# expect: partial
# credit: 10-15
# finding: weights-forgotten
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    return tf.reduce_logsumexp(-s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi), 1, keepdims=True)
