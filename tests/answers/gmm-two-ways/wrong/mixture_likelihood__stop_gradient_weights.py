# mistake: tf.stop_gradient around the weights
# expect: partial
# credit: 10-19
# finding: gradient-cut
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    return tf.reduce_logsumexp(tf.stop_gradient(tf.nn.log_softmax(l)) - s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi), 1, keepdims=True)
