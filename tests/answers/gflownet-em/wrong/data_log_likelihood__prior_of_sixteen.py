# mistake: the prior is hard-coded as 1/16, wrong for C other than 4
# credit: 5-7
# keywords: prior|16|any number|C P|number of superclusters|weight
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]) + np.log(1 / 16))
