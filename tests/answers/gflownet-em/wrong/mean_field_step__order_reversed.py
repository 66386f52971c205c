# mistake: q_j is updated first (from an even q_i), then q_i from the new q_j
# credit: 3-6
# keywords: order|first|given q_j|new q|swap
def mean_field_step(x, means, q_j):
    mu = component_means(means)
    L = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    q_i = tf.fill((len(x), len(means)), 1.0 / len(means))
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i))
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    return q_i, q_j
