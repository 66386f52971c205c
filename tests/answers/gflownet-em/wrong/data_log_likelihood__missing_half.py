# mistake: the factor 1/2 in the exponent is missing
# credit: 6-6
# keywords: half|1/2|½|factor 2|factor of 2|exponent|2 sigma|(2
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / STD**2 - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]) - np.log(4 * len(means)))
