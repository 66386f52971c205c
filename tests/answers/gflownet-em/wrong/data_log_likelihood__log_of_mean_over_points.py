# mistake: the log of the mean density over points, instead of the mean of log-densities
# credit: 4-4
# keywords: mean of|log of|points|average|order|axis|axes
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return tf.reduce_logsumexp(e) - np.log(len(x) * len(means) * 4)
