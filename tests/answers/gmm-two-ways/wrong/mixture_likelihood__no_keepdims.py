# mistake: returns (N,)
# expect: partial
# credit: 23-23
# finding: wrong-shape
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi), 1)
