# mistake: the factor 1/2 in the exponent is missing
# expect: partial
# credit: 10-17.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = -0.5 * np.log(2 * np.pi) - lsigmas - tf.square((x - means) / tf.exp(lsigmas))
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + lp, axis=1, keepdims=True)
