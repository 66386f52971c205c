# mistake: shape (N, C P)
# expect: partial
# credit: 7.5-7.5
# finding: wrong-shape
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    return tf.nn.softmax(a.reshape(len(a), -1))
