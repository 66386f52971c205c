# mistake: STD instead of STD squared in the exponent
# credit: 6-6
# keywords: STD|variance|sigma^2|σ²|square|exponent
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]) - np.log(4 * len(means)))
