# mistake: returns the leaves' densities, not normalised
# credit: 4-4
# keywords: normalis|normaliz|sum to 1|divide
def exact_posterior(x, means):
    mu = component_means(means)
    d2 = ((x[:, None, None] - np.asarray(mu)) ** 2).sum(-1)
    return np.exp(-d2 / (2 * STD**2)) / (2 * np.pi * STD**2)
