def data_log_likelihood(x, means):
    # |x - mu|^2 = |x|^2 - 2 x.mu + |mu|^2, as one matrix product, all in float32
    mu = tf.reshape(component_means(means), (-1, 2))
    mu = tf.cast(mu, tf.float32)
    d2 = (tf.reduce_sum(tf.square(x), 1, keepdims=True) - 2.0 * tf.matmul(x, mu, transpose_b=True)
          + tf.reduce_sum(tf.square(mu), 1)[None, :])
    log_p = tf.reduce_logsumexp(-d2 / (2 * STD**2), axis=1)
    return tf.reduce_mean(log_p) - tf.math.log(2 * np.pi * STD**2) - tf.math.log(float(mu.shape[0]))
