# mistake: exponentiates without subtracting the largest logit, so points far from all leaves give NaN
# credit: 7-8
# keywords: underflow|NaN|finite|largest|max|softmax|far|tail
def exact_posterior(x, means):
    mu = np.asarray(component_means(means))
    d2 = ((x[:, None, None] - mu) ** 2).sum(-1)
    w = np.exp(-d2 / (2 * STD**2))
    return w / w.sum(axis=(1, 2), keepdims=True)
