# alone
# mistake: the product of the two marginals p(i|x) p(j|x) instead of the joint posterior
# credit: 4-4
# keywords: marginal|product|joint|independent|factor
def exact_posterior(x, means):
    mu = component_means(means)
    a = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    p_i = tf.nn.softmax(tf.reduce_logsumexp(a, axis=2))
    p_j = tf.nn.softmax(tf.reduce_logsumexp(a, axis=1))
    return p_i[:, :, None] * p_j[:, None, :]
