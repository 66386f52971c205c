# mistake: normaliser of one dimension
# expect: partial
# credit: 6-6
# finding: normaliser-of-one-dimension
def data_log_likelihood(x, means):
    d2 = tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1)
    c = len(means)
    lp = -d2 / (2 * STD**2) - 0.5 * np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(lp, [1, 2])) - np.log(4 * c)
