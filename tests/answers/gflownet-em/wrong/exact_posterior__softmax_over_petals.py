# mistake: softmax over the last axis only, so the petals of each supercluster sum to 1
# credit: 4-4
# keywords: petal|axis|axes|sum to 1|normalis|normaliz|together
def exact_posterior(x, means):
    mu = component_means(means)
    logits = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD**2)
    return tf.nn.softmax(logits, axis=-1)
