# mistake: returns (N, C*P) without restoring the axes
# credit: 7-8
# keywords: shape|reshape|flat|(N, C, P)
def exact_posterior(x, means):
    mu = tf.reshape(component_means(means), (-1, 2))
    return tf.nn.softmax(-tf.reduce_sum((x[:, None] - mu) ** 2, -1) / (2 * STD**2))
