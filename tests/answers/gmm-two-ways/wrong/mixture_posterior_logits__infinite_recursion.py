# mistake: calls itself instead of mixture_likelihood, so it recurses until Python gives up
# expect: error
# credit: 0-0
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = tf.cast(x, tf.float32)
    l, m, s = (tf.reshape(p, [1, -1]) for p in (logits, means, lsigmas))
    joint = tf.nn.log_softmax(l) - s - 0.5 * np.log(2 * np.pi) - 0.5 * ((x - m) / tf.exp(s)) ** 2
    return joint - mixture_posterior_logits(x, logits, means, lsigmas)
