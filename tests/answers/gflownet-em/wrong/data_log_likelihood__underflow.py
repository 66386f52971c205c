# mistake: densities are exponentiated and summed, so far from all leaves the result is minus infinity
# credit: 7-8
# keywords: underflow|log space|logsumexp|infin|finite|far|tail
def data_log_likelihood(x, means):
    mu = np.asarray(component_means(means))
    d2 = ((x[:, None, None] - mu) ** 2).sum(-1)
    p = np.exp(-d2 / (2 * STD**2)) / (2 * np.pi * STD**2)
    return np.log(p.mean(axis=(1, 2))).mean()
