# mistake: sigma is left out of the exponent
# credit: 6-6
# keywords: STD|sigma|σ|variance|exponent
def exact_posterior(x, means):
    mu = component_means(means)
    a = -0.5 * tf.reduce_sum((x[:, None, None] - mu) ** 2, -1)
    return tf.exp(a - tf.reduce_logsumexp(a, axis=[1, 2], keepdims=True))
