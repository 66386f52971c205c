def mixture_posterior_logits(x, logits, means, lsigmas):
    """Each component against all the others together: log r_k = log sigmoid(a_k - logsumexp of the other a_j)."""
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(tf.cast(p, tf.float32), [-1]) for p in (logits, means, lsigmas))
    a = logits - lsigmas - 0.5 * tf.square((x - means) / tf.exp(lsigmas))  # (N, K)
    self_mask = np.eye(a.shape[1], dtype=bool)  # (K, K)
    others = tf.where(self_mask, tf.constant(-np.inf, tf.float32), a[:, tf.newaxis, :])  # (N, K, K)
    return tf.math.log_sigmoid(a - tf.reduce_logsumexp(others, axis=2))
