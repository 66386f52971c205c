# mistake: no half and no prior
# expect: partial
# credit: 2-2
# finding: half-missing
def data_log_likelihood(x, means):
    d2 = tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1)
    c = len(means)
    lp = -d2 / STD**2 - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_logsumexp(lp, [1, 2]))
