# mistake: both factors are normalised over the points (axis 0)
# credit: 4-6
# keywords: points|data|axis|axes|normalis|normaliz|sum to 1|row
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j), axis=0)
    return q_i, tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i), axis=0)
