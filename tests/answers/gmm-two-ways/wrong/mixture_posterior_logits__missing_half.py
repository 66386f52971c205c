# mistake: 1/2 in the exponent is missing
# expect: partial
# credit: 7-10.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = tf.nn.log_softmax(logits) - lsigmas - ((x - means) / tf.exp(lsigmas)) ** 2 - 0.5 * np.log(2 * np.pi)
    return lp - tf.reduce_logsumexp(lp, axis=1, keepdims=True)
