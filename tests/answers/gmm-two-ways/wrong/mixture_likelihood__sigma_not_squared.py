# mistake: divides the squared distance by sigma, not by sigma squared
# expect: partial
# credit: 8-17.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    sigma = tf.exp(lsigmas)
    lp = -0.5 * np.log(2 * np.pi) - tf.math.log(sigma) - (x - means) ** 2 / (2 * sigma)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + lp, axis=1, keepdims=True)
