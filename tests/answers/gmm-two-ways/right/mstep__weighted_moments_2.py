def mstep(x, posterior):
    x, posterior = tf.cast(x, tf.float32), tf.cast(posterior, tf.float32)
    m, v = tf.nn.weighted_moments(x, axes=[0], frequency_weights=posterior)
    return tf.math.log(tf.reduce_mean(posterior, 0)), m, 0.5 * tf.math.log(v)
