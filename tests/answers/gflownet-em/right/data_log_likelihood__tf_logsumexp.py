def data_log_likelihood(x, means):
    mu = component_means(means)
    d2 = tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1)
    log_leaf = -d2 / (2 * STD ** 2) - np.log(2 * np.pi * STD ** 2)
    n_leaves = mu.shape[0] * mu.shape[1]
    return tf.reduce_mean(tf.reduce_logsumexp(log_leaf, axis=[1, 2]) - np.log(n_leaves))
