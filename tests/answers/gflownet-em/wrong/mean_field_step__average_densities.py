# mistake: densities are averaged over the other factor, not their logarithms
# credit: 6-6
# keywords: log|densit|average|expect
def mean_field_step(x, means, q_j):
    mu = component_means(means)
    L = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.reduce_logsumexp(L + tf.math.log(q_j + 1e-30)[:, None, :], axis=2))
    q_j = tf.nn.softmax(tf.reduce_logsumexp(L + tf.math.log(q_i + 1e-30)[:, :, None], axis=1))
    return q_i, q_j
