# mistake: log of sum of exp
# expect: partial
# credit: 7-7
# finding: unstable-in-the-tails
def data_log_likelihood(x, means):
    d2 = tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1)
    c = len(means)
    p = tf.exp(-d2 / (2 * STD**2)) / (2 * np.pi * STD**2 * 4 * c)
    return tf.reduce_mean(tf.math.log(tf.reduce_sum(p, [1, 2])))
