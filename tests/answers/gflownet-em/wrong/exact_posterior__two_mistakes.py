# mistake: the 1/2 is missing and the softmax runs over the petals only
# credit: 2-3
# keywords: half|1/2|½|exponent|petal|axis|axes|normalis|normaliz
def exact_posterior(x, means):
    mu = component_means(means)
    return tf.nn.softmax(-tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / STD**2)
