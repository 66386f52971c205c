# mistake: an epsilon in the denominator hides the underflow: far points get probabilities that sum to 0
# credit: 7-8
# keywords: underflow|largest|max|softmax|far|tail|epsilon|1e-8|sum to 1
def exact_posterior(x, means):
    mu = component_means(means)
    w = tf.exp(-tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2))
    return w / (tf.reduce_sum(w, axis=[1, 2], keepdims=True) + 1e-8)
