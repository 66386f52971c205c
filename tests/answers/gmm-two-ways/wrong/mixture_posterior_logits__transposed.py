# mistake: returns (K, N) instead of (N, K)
# expect: partial
# credit: 9-13.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    logits, means, lsigmas = (tf.reshape(p, [-1, 1]) for p in (logits, means, lsigmas))
    xt = tf.reshape(tf.cast(x, tf.float32), (1, -1))
    return logits - lsigmas - 0.5 * ((xt - means) / tf.exp(lsigmas)) ** 2
