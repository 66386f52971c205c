def mean_field_step(x, means, q_j):
    mu = component_means(means)
    log_joint = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, axis=-1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", log_joint, q_j), axis=1)
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", log_joint, q_i), axis=1)
    return q_i, q_j
