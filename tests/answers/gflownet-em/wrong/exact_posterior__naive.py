# mistake: exp without the maximum
# expect: partial
# credit: 7-7
# finding: unstable-in-the-tails
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    p = np.exp(a)
    return p / p.sum((1, 2), keepdims=True)
