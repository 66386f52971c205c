# mistake: divides the log joint by the log-likelihood instead of subtracting
# expect: partial|wrong
# credit: 0-7.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    l, m, s = (tf.reshape(p, [-1]) for p in (logits, means, lsigmas))
    joint = tf.nn.log_softmax(l) - s - 0.5 * np.log(2 * np.pi) - 0.5 * ((tf.cast(x, tf.float32) - m) / tf.exp(s)) ** 2
    return joint / mixture_likelihood(x, logits, means, lsigmas)
