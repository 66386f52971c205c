# style: Python loop over components, list, tf.concat
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.convert_to_tensor(x)
    x = tf.cast(x, tf.float32)
    logits = tf.reshape(logits, [-1])
    means = tf.reshape(means, [-1])
    lsigmas = tf.reshape(lsigmas, [-1])
    K = logits.shape[0]
    log_norm = tf.reduce_logsumexp(logits)
    terms = []
    for k in range(K):
        sigma = tf.exp(lsigmas[k])
        log_weight = logits[k] - log_norm
        log_gauss = -tf.square(x - means[k]) / (2.0 * tf.square(sigma)) - tf.math.log(sigma * tf.sqrt(2.0 * np.pi))
        terms.append(log_weight + log_gauss)
    terms = tf.concat(terms, axis=1)
    return tf.reduce_logsumexp(terms, axis=1, keepdims=True)
