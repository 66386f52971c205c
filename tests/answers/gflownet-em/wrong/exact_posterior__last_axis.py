# mistake: softmax over petals only
# expect: partial
# credit: 4-4
# finding: normalised-over-petals
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    return tf.nn.softmax(a)
