# mistake: product of marginals
# expect: partial
# credit: 4-4
# finding: factorised
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    q = np.asarray(tf.nn.softmax(a.reshape(len(a), -1))).reshape(a.shape)
    return q.sum(2, keepdims=True) * q.sum(1, keepdims=True)
