# mistake: the sign of the exponent is wrong, so the farthest leaf is the most probable
# credit: 4-6
# keywords: sign|minus|negative|far
def exact_posterior(x, means):
    mu = component_means(means)
    a = tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    return tf.exp(a - tf.reduce_logsumexp(a, axis=[1, 2], keepdims=True))
