# alone
# mistake: a hard assignment, one for the nearest leaf and zero elsewhere
# credit: 4-4
# keywords: hard|one-hot|argmax|nearest|soft|0 or 1|zeros and ones
def exact_posterior(x, means):
    mu = np.asarray(component_means(means))
    N, C = len(x), len(means)
    d2 = ((x[:, None, None] - mu) ** 2).sum(-1).reshape(N, -1)
    return np.eye(C * 4)[d2.argmin(1)].reshape(N, C, 4)
