def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = [tf.reshape(p, (-1,)) for p in (logits, means, lsigmas)]
    lw = tf.nn.log_softmax(logits)
    def one(xi):
        z = (xi - means) * tf.exp(-lsigmas)
        return tf.reduce_logsumexp(lw - lsigmas - .5 * z * z - .5 * np.log(2 * np.pi), keepdims=True)
    return tf.map_fn(one, x)
