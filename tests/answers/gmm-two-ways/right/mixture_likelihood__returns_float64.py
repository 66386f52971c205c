def mixture_likelihood(x, logits, means, lsigmas):
    f = lambda p: tf.reshape(tf.cast(p, tf.float64), [-1])
    l, m, s = map(f, (logits, means, lsigmas))
    x = tf.cast(x, tf.float64)
    return tf.reduce_logsumexp(tf.nn.log_softmax(l) - s - .5 * ((x - m) / tf.exp(s)) ** 2 - .5 * np.log(2 * np.pi), 1, keepdims=True)
