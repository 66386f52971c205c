def data_log_likelihood(x, means):
    """log p(x) = log p(x, leaf) - log p(leaf | x), and it does not matter for which leaf: the mean over all of them will do."""
    x, means, offsets = (tf.cast(a, tf.float64) for a in (x, means, OFFSETS))
    leaves = tf.reshape(means[:, None] + offsets, [-1, 2])
    log_joint = -tf.reduce_sum(tf.square(x[:, None] - leaves), axis=2) / (2 * STD**2)
    log_joint -= np.log(2 * np.pi * STD**2) + np.log(leaves.shape[0])
    return tf.reduce_mean(log_joint - tf.nn.log_softmax(log_joint))
