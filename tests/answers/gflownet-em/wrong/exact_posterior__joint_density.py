# mistake: returns the joint density with its prior, not divided by p(x)
# credit: 4-4
# keywords: normalis|normaliz|sum to 1|divide|joint
def exact_posterior(x, means):
    mu = component_means(means)
    d2 = tf.reduce_sum((x[:, None, None] - mu) ** 2, -1)
    return tf.exp(-d2 / (2 * STD**2) - np.log(2 * np.pi * STD**2) - np.log(4 * len(means)))
