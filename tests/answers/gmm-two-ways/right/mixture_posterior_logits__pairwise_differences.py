def mixture_posterior_logits(x, logits, means, lsigmas):
    """1 / r_k = sum_j exp(a_j - a_k): only differences of components, so no normaliser, no 2 pi and no log p(x)."""
    x = tf.cast(x, tf.float64)
    logits, means, lsigmas = (tf.reshape(tf.cast(p, tf.float64), [1, -1]) for p in (logits, means, lsigmas))
    a = logits - lsigmas - tf.square((x - means) * tf.exp(-lsigmas)) / 2
    versus = a[:, tf.newaxis, :] - a[:, :, tf.newaxis]  # [n, k, j] = a_j - a_k
    return tf.cast(-tf.reduce_logsumexp(versus, axis=2), tf.float32)
