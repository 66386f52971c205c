# mistake: STD instead of STD squared in the exponent
# credit: 6-6
# keywords: STD|variance|sigma^2|σ²|square|exponent
def exact_posterior(x, means):
    mu = component_means(means)
    a = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / (2 * STD)
    return tf.reshape(tf.nn.softmax(tf.reshape(a, (len(x), -1))), a.shape)
