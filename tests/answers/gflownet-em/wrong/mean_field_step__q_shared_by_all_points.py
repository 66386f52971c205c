# mistake: the factors are averaged over the points, so that all points share one q
# credit: 2-6
# keywords: each point|points|average|share|axis|axes|row
def mean_field_step(x, means, q_j):
    N = len(x)
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.einsum("ncp,np->nc", L, q_j))
    q_i = tf.repeat(tf.reduce_mean(q_i, axis=0, keepdims=True), N, axis=0)
    q_j = tf.nn.softmax(tf.einsum("ncp,nc->np", L, q_i))
    return q_i, tf.repeat(tf.reduce_mean(q_j, axis=0, keepdims=True), N, axis=0)
