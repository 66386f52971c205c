# mistake: the mean of the leaves' log-densities instead of the log of their mean
# credit: 4-4
# keywords: mean of log|log of|average|logsumexp|densities|logarithm
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(e)
