# mistake: no one half
# expect: partial
# credit: 6-6
# finding: half-missing
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    a = 2 * a
    return tf.reshape(tf.nn.softmax(a.reshape(len(a), -1)), a.shape)
