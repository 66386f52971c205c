# mistake: NumPy cuts the gradient in lsigmas
# expect: partial
# credit: 10-19
# finding: gradient-cut
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l = tf.reshape(logits, [-1]); m = tf.reshape(means, [-1]); s = np.exp(np.ravel(lsigmas)).astype("float32")
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - np.log(s) - .5 * ((x - m) / s) ** 2 - .5 * np.log(2 * np.pi), 1, keepdims=True)
