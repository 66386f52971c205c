# mistake: q_j is computed from an even q_i instead of the new one
# credit: 7-10.5
# keywords: new q_i|new q(i)|q_j|even|uniform|update
def mean_field_step(x, means, q_j):
    mu = component_means(means)
    L = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.reduce_sum(L * q_j[:, None, :], axis=2))
    q_j = tf.nn.softmax(tf.reduce_mean(L, axis=1))
    return q_i, q_j
