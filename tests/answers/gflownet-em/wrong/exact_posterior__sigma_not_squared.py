# mistake: divides by sigma
# expect: partial
# credit: 6-6
# finding: sigma-not-squared
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    a = a * STD
    return tf.reshape(tf.nn.softmax(a.reshape(len(a), -1)), a.shape)
