def mixture_posterior_logits(x, logits, means, lsigmas):
    """z-scores by a matrix product with diag(1 / sigma), in float64; rows shifted so that the best component has logit 0."""
    column = lambda p: tf.reshape(tf.cast(p, tf.float64), [-1, 1])
    x, logits, means, lsigmas = map(column, (x, logits, means, lsigmas))
    scale = tf.linalg.diag(tf.exp(-lsigmas[:, 0]))  # (K, K)
    scores = tf.matmul(x - tf.transpose(means), scale)  # (N, K)
    energy = scores * scores / 2 + tf.transpose(lsigmas - logits)
    return tf.cast(tf.reduce_min(energy, axis=1, keepdims=True) - energy, tf.float32)
