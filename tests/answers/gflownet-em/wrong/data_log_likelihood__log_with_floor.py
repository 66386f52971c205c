# mistake: a floor of 1e-10 inside the logarithm, wrong far from all leaves
# credit: 7-8
# keywords: underflow|log space|logsumexp|floor|1e-10|epsilon|far|tail|clip
def data_log_likelihood(x, means):
    mu = component_means(means)
    d2 = tf.reduce_sum((x[:, None, None] - mu) ** 2, -1)
    p = tf.reduce_mean(tf.exp(-d2 / (2 * STD**2)) / (2 * np.pi * STD**2), axis=[1, 2])
    return tf.reduce_mean(tf.math.log(p + 1e-10))
