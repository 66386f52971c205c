# mistake: the normaliser is that of one dimension, half of log(2 pi sigma^2)
# credit: 6-6
# keywords: two dimensions|dimension|normalis|normaliz|half|constant|2 pi
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -0.5 * tf.reduce_sum(((x[:, None, None, :] - mu) / STD) ** 2, -1) - 0.5 * np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(e, axis=[1, 2]) - np.log(4 * len(means)))
