# mistake: both factors are returned as log-probabilities
# credit: 4-6
# keywords: log|exp|probabilit|negative
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    log_i = tf.nn.log_softmax(tf.einsum("ncp,np->nc", L, q_j))
    log_j = tf.nn.log_softmax(tf.einsum("ncp,nc->np", L, tf.exp(log_i)))
    return log_i, log_j
