# mistake: one number per point
# expect: partial
# credit: 7.5-7.5
# finding: not-averaged
def data_log_likelihood(x, means):
    d2 = tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1)
    c = len(means)
    lp = -d2 / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(4 * c)
    return tf.reduce_logsumexp(lp, [1, 2])
