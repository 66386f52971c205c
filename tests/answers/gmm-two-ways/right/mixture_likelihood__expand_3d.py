def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)[:, :, None]
    l, m, s = (tf.reshape(p, (1, 1, -1)) for p in (logits, means, lsigmas))
    lp = tf.nn.log_softmax(l, axis=-1) - tf.math.log(tf.math.exp(s)) - (tf.math.squared_difference(x, m) / tf.exp(2. * s) + np.log(2 * np.pi)) / 2
    return tf.math.reduce_logsumexp(lp, -1)
