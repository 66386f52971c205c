# mistake: the factors are not normalised, and the unnormalised q_i enters q_j
# credit: 3-6
# keywords: normalis|normaliz|sum to 1|softmax
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    q_i = tf.exp(tf.einsum("ncp,np->nc", L, q_j))
    q_j = tf.exp(tf.einsum("ncp,nc->np", L, q_i))
    return q_i, q_j
