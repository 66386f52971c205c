# mistake: returns (q_j, q_i) instead of (q_i, q_j)
# credit: 6-12
# keywords: order|swap|first|(q_i, q_j)|shape
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i))
    return q_j, q_i
