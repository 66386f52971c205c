# alone
# mistake: returns (N, P, C), petals before superclusters
# credit: 4-8
# keywords: shape|axis|axes|swap|transpose|order|(N, C, P)
def exact_posterior(x, means):
    N = len(x)
    mu = tf.transpose(component_means(means), (1, 0, 2))
    a = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    return tf.reshape(tf.nn.softmax(tf.reshape(a, (N, -1))), a.shape)
