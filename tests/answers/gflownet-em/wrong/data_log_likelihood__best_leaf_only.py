# mistake: the largest leaf instead of the sum over all leaves
# credit: 4-4
# keywords: max|largest|nearest|best|all leaves|sum
def data_log_likelihood(x, means):
    mu = component_means(means)
    e = -tf.reduce_sum((x[:, None, None, :] - mu) ** 2, -1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return tf.reduce_mean(tf.reduce_max(e, axis=[1, 2]) - np.log(4 * len(means)))
