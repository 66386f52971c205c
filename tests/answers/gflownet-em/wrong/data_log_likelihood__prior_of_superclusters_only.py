# mistake: the prior is 1/C, the petals' 1/P is missing
# credit: 6-6
# keywords: prior|1/(C|weight|petal|log 4|log(4)
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    e = e - np.log(len(means))
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]))
