def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits = tf.transpose(tf.reshape(logits, (-1, 1)))
    means = tf.transpose(tf.reshape(means, (-1, 1)))
    lsigmas = tf.transpose(tf.reshape(lsigmas, (-1, 1)))
    weights = tf.exp(logits) / tf.reduce_sum(tf.exp(logits))
    log_p = tf.math.log(weights) - tf.math.log(tf.exp(lsigmas) * tf.sqrt(2 * np.pi)) - (x - means) ** 2 / (2 * tf.exp(lsigmas) ** 2)
    top = tf.stop_gradient(tf.reduce_max(log_p, axis=1, keepdims=True))
    return top + tf.math.log(tf.reduce_sum(tf.exp(log_p - top), axis=1, keepdims=True))
