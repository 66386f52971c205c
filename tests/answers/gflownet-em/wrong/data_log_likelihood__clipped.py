# mistake: exponents are cut off at -30000
# expect: partial
# credit: 7-7
# finding: unstable-in-the-tails
def data_log_likelihood(x, means):
    diff = (x[:, None, None] - component_means(means)) / STD
    exponent = tf.maximum(-0.5 * tf.reduce_sum(tf.square(diff), -1), -30000.0)
    log_p = exponent - np.log(2 * np.pi * STD ** 2) - np.log(len(means) * len(OFFSETS))
    return tf.reduce_mean(tf.reduce_logsumexp(log_p, axis=[1, 2]))
