# mistake: probabilities proportional to the inverse squared distance
# credit: 0-4
# keywords: none
def exact_posterior(x, means):
    mu = np.asarray(component_means(means))
    w = 1 / (((x[:, None, None] - mu) ** 2).sum(-1) + 1e-9)
    return w / w.sum(axis=(1, 2), keepdims=True)
