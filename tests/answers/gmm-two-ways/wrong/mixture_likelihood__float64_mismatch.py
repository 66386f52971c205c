# mistake: casts x to float64 while the parameters stay float32, which raises
# expect: error
# credit: 0-0
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float64)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = tf.nn.log_softmax(logits) - lsigmas - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2 - 0.5 * np.log(2 * np.pi)
    return tf.reduce_logsumexp(lp, axis=1, keepdims=True)
