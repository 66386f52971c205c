# mistake: returns log-probabilities
# credit: 4-4
# keywords: log|exp|negative|probabilit
def exact_posterior(x, means):
    mu = component_means(means)
    a = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    return a - tf.reduce_logsumexp(a, axis=[1, 2], keepdims=True)
