# mistake: undefined name
# expect: error
# credit: 0-0
# finding: raised
def data_log_likelihood(x, means):
    d2 = tf.reduce_sum((x[:, None, None] - component_means(means)) ** 2, -1)
    c = len(means)
    return tf.reduce_mean(log_pdf)
