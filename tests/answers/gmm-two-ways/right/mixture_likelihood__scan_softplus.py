def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.reshape(tf.cast(x, tf.float32), [-1])
    a, m, s = (tf.reshape(tf.convert_to_tensor(t, tf.float32), [-1]) for t in (logits, means, lsigmas))
    a = a - tf.reduce_logsumexp(a)
    def joint(k):
        return a[k] - s[k] - 0.5 * ((x - m[k]) / tf.exp(s[k])) ** 2 - 0.5 * tf.math.log(2 * np.float32(np.pi))
    def logadd(u, v):
        return tf.maximum(u, v) + tf.math.softplus(-tf.abs(u - v))
    from functools import reduce
    total = reduce(logadd, map(joint, range(a.shape[0])))
    return total[:, None]
