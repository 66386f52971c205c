# mistake: distance to superclusters
# expect: partial
# credit: 4-4
# finding: petals-forgotten
def exact_posterior(x, means):
    a = -((x[:, None] - means) ** 2).sum(-1) / (2 * STD**2)
    a = np.repeat(a[:, :, None], 4, axis=2)
    return tf.reshape(tf.nn.softmax(a.reshape(len(a), -1)), a.shape)
