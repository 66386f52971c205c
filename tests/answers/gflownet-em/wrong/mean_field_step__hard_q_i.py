# mistake: q_i is right, but q_j is computed from the most probable supercluster only
# credit: 7-10.5
# keywords: argmax|hard|most probable|likel|new q|expect|q_j|soft
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    best = tf.argmax(q_i, axis=1)
    return q_i, tf.nn.softmax(tf.gather(L, best, batch_dims=1))
