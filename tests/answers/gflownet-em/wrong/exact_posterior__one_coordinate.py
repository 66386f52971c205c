# mistake: only the first coordinate enters the distance
# credit: 2-6
# keywords: coordinate|first|both|distance|exponent
def exact_posterior(x, means):
    mu = component_means(means)
    a = -((x[:, None, None] - mu) ** 2)[..., 0] / (2 * STD**2)
    return tf.exp(a - tf.reduce_logsumexp(a, axis=[1, 2], keepdims=True))
