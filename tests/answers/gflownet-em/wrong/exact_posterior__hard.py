# mistake: one-hot of the likeliest leaf
# expect: partial
# credit: 4-4
# finding: hard-assignment
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    flat = a.reshape(len(a), -1)
    return np.eye(flat.shape[1])[flat.argmax(1)].reshape(a.shape)
