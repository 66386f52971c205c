# mistake: normalised over the points instead of over the leaves
# credit: 4-4
# keywords: points|data|axis|axes|normalis|normaliz|sum to 1
def exact_posterior(x, means):
    mu = component_means(means)
    logits = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    return tf.nn.softmax(logits, axis=0)
