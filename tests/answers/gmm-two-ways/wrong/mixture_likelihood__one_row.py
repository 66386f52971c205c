# mistake: returns (1, N)
# expect: partial
# credit: 17.5-23
# finding: wrong-shape
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)[:, 0]; l, m, s = (tf.reshape(p, [-1, 1]) for p in (logits, means, lsigmas))
    return tf.reduce_logsumexp(tf.nn.log_softmax(l, axis=0) - s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi), 0, keepdims=True)
