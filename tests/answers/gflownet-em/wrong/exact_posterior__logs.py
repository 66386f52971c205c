# mistake: log-probabilities
# expect: partial
# credit: 4-4
# finding: logs-for-probabilities
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    return a - tf.reduce_logsumexp(a, [1, 2], keepdims=True)
