# mistake: the normalising constant of the normal density is missing
# credit: 6-6
# keywords: normalis|normaliz|constant|2 pi|2π
def data_log_likelihood(x, means):
    mu = component_means(means)
    d2 = tf.reduce_sum(tf.math.squared_difference(x[:, None, None, :], mu), -1)
    log_p = tf.reduce_logsumexp(-d2 / (2 * STD**2), axis=[1, 2]) - tf.math.log(4.0 * len(means))
    return tf.reduce_mean(log_p)
