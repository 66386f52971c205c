# mistake: prior of sixteen leaves whatever C is
# expect: partial
# credit: 6-6
# finding: prior-hard-coded
def data_log_likelihood(x, means):
    d2 = tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1)
    c = len(means)
    lp = -d2 / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(16)
    return tf.reduce_mean(tf.reduce_logsumexp(lp, [1, 2]))
