# mistake: q_i is right, but q_j is returned unchanged
# credit: 7-10.5
# keywords: q_j|unchanged|update|given|new
def mean_field_step(x, means, q_j):
    mu = component_means(means)
    L = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    return q_i, q_j
