def mixture_likelihood(x, logits, means, lsigmas):
    logits, means, lsigmas = tf.nest.map_structure(lambda p: tf.reshape(p, [-1]), (logits, means, lsigmas))
    const = tf.constant(0.9189385332)
    def per_point(x_n):
        e = tf.nn.log_softmax(logits) - const - lsigmas - tf.square((x_n - means) / tf.exp(lsigmas)) / 2
        return tf.math.reduce_logsumexp(e)[tf.newaxis]
    return tf.vectorized_map(per_point, tf.cast(x, tf.float32))
