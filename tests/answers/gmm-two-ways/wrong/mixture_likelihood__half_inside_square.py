# mistake: the factor 1/2 is inside the square, so the quadratic term is z^2/4 instead of z^2/2
# expect: partial
# credit: 10-15
# finding: half-squared
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits = tf.reshape(logits, [1, -1])
    means = tf.reshape(means, [1, -1])
    lsigmas = tf.reshape(lsigmas, [1, -1])
    sigmas = tf.exp(lsigmas)
    log_normal = -tf.square(0.5 * (x - means) / sigmas) - lsigmas - 0.5 * np.log(2 * np.pi)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + log_normal, axis=1, keepdims=True)
