# mistake: after q_i and q_j have been updated, q_i is updated once more, more than one sweep
# credit: 6-11
# keywords: none
def mean_field_step(x, means, q_j):
    mu = component_means(means)
    L = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i))
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    return q_i, q_j
