# mistake: weights multiply the component log-densities (expected log-density) instead of being inside the log
# expect: partial|wrong
# credit: 0-12.5
def mixture_likelihood(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    lp = -lsigmas - 0.5 * np.log(2 * np.pi) - 0.5 * ((x - means) / tf.exp(lsigmas)) ** 2
    return tf.reduce_sum(tf.nn.softmax(logits) * lp, axis=1, keepdims=True)
