def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float64)
    p = tf.cast(tf.stack([tf.reshape(v, [-1]) for v in (logits, means, lsigmas)]), tf.float64)
    joint = p[0] - p[2] - 0.5 * tf.square((x - p[1]) / tf.exp(p[2]))
    return joint - joint[:, :1]
