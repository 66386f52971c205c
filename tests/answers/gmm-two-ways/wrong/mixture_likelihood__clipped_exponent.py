# mistake: the exponent is cut off at -20
# expect: partial
# credit: 17.5-23
# finding: unstable-in-the-tails
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = tf.reshape(lsigmas, [-1])
    e = tf.maximum(-.5 * ((x - m) / tf.exp(s)) ** 2, -20.)
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - s + e - .5 * np.log(2 * np.pi), 1, keepdims=True)
