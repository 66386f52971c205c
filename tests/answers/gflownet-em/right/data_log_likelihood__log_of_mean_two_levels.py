def data_log_likelihood(x, means):
    """log p(x) = log mean_i p(x|i),  log p(x|i) = log mean_j p(x|i,j)."""
    def log_mean_exp(a, axis):
        top = tf.reduce_max(a, axis=axis, keepdims=True)
        return tf.squeeze(top, axis) + tf.math.log(tf.reduce_mean(tf.exp(a - top), axis=axis))

    diff = tf.reshape(x, (-1, 1, 1, 2)) - tf.reshape(component_means(means), (1, -1, 4, 2))
    # independent coordinates: two one-dimensional normals
    log_normal = -0.5 * tf.square(diff / STD) - 0.5 * np.log(2 * np.pi) - np.log(STD)
    log_leaf = tf.reduce_sum(log_normal, axis=-1)
    return tf.reduce_mean(log_mean_exp(log_mean_exp(log_leaf, 2), 1))
