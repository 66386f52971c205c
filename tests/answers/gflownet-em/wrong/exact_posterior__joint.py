# mistake: not normalised
# expect: partial|wrong
# credit: 0-4
# finding: joint-for-posterior
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    return np.exp(a)
