def exact_posterior(x, means):
    mu = component_means(means)
    logits = -tf.reduce_sum((x[:, None, None] - mu[None]) ** 2, axis=-1) / (2 * STD**2)
    N, C, P = logits.shape
    return tf.reshape(tf.nn.softmax(tf.reshape(logits, (N, C * P)), axis=-1), (N, C, P))
