# mistake: the given q_j is ignored, q_i is computed with even petals
# credit: 7-10.5
# keywords: q_j|ignore|given|even|uniform|weight|mean
def mean_field_step(x, means, q_j):
    L = -tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1) / (2 * STD**2)
    q_i = tf.nn.softmax(tf.reduce_mean(L, axis=2))
    q_j = tf.nn.softmax(tf.reduce_sum(L * q_i[:, :, None], axis=1))
    return q_i, q_j
