# mistake: twenty sweeps instead of one
# credit: 4-6
# keywords: one sweep|sweep|converge|once|iterat|more than one
def mean_field_step(x, means, q_j):
    mu = component_means(means)
    L = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    for _ in range(20):
        q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
        q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i))
    return q_i, q_j
