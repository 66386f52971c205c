# mistake: the distance is not squared
# expect: partial
# credit: 15-15
# finding: distance-not-squared
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32); l, m, s = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - s - .5 * tf.abs((x - m) / tf.exp(s)) - .5 * np.log(2 * np.pi), 1, keepdims=True)
