# mistake: the factor 1/2 in the exponent is missing
# credit: 9-9
# keywords: half|1/2|½|factor 2|factor of 2|exponent|2 sigma|(2
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / STD**2
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    return q_i, tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i))
