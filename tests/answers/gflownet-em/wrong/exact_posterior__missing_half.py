# mistake: the factor 1/2 in the exponent is missing
# credit: 6-6
# keywords: half|1/2|½|factor 2|factor of 2|exponent|2 sigma|(2
def exact_posterior(x, means):
    mu = component_means(means)
    a = -tf.reduce_sum((x[:, None, None] - mu) ** 2, -1) / STD**2
    return tf.reshape(tf.nn.softmax(tf.reshape(a, (len(x), -1))), a.shape)
