# mistake: returns the negative log-likelihood
# credit: 4-6
# keywords: sign|negative|minus
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return -tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]) - np.log(4 * len(means)))
