# mistake: returns only q_i
# credit: 0-7.5
# keywords: two|tuple|q_j|return|missing|things
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    return tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
