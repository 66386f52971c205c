# mistake: the distance in the exponent is not squared
# credit: 4-6
# keywords: square|distance|norm|exponent
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.norm(x[:, None, None, :] - mu, axis=-1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]) - np.log(4 * len(means)))
