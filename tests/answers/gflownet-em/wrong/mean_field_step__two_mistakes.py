# mistake: the 1/2 is missing, and densities are averaged instead of logarithms
# credit: 3-5
# keywords: half|1/2|½|exponent|log|densit
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / STD**2
    q_i = tf.nn.softmax(tf.reduce_logsumexp(L + tf.math.log(q_j + 1e-30)[:, None, :], axis=2))
    q_j = tf.nn.softmax(tf.reduce_logsumexp(L + tf.math.log(q_i + 1e-30)[:, :, None], axis=1))
    return q_i, q_j
