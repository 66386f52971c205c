# mistake: axes exchanged
# expect: partial
# credit: 7.5-7.5
# finding: wrong-shape
def exact_posterior(x, means):
    d = x[:, None, None] - np.asarray(component_means(means))
    a = -(d**2).sum(-1) / (2 * STD**2)
    q = tf.nn.softmax(a.reshape(len(a), -1)).numpy().reshape(a.shape)
    return q.transpose(0, 2, 1)
