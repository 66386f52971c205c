# mistake: the sign of the normalising constant is wrong, log(2 pi sigma^2) is added
# credit: 6-6
# keywords: sign|normalis|normaliz|constant|subtract
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) + np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2])) - np.log(mu.shape[0] * mu.shape[1])
