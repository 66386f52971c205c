# mistake: the prior is missing, and so is the 1/2 in the exponent
# credit: 2-3
# keywords: prior|weight|half|1/2|½|exponent|factor|(2
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / STD**2 - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]))
