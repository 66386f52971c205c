# mistake: the old factor is multiplied into the new one (log q_j is added to the logits of q_j)
# credit: 7-10
# keywords: old|log q|q_j|multipl|added|expect
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i) + tf.math.log(q_j + 1e-20))
    return q_i, q_j
