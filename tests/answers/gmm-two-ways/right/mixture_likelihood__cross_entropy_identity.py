def mixture_likelihood(x, logits, means, lsigmas):
    """log p(x) = a_j - log r_j for any j. Take j = the best component; -log r_j is a cross-entropy, which TensorFlow computes stably."""
    x = tf.cast(x, tf.float32)
    logits, means, lsigmas = (tf.reshape(tf.cast(p, tf.float32), [-1]) for p in (logits, means, lsigmas))
    scaled = (x - means) * tf.exp(-lsigmas)
    a = tf.nn.log_softmax(logits) - lsigmas - 0.5 * tf.square(scaled) - 0.5 * np.log(2 * np.pi)  # (N, K)
    best = tf.argmax(a, axis=1)
    surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=best, logits=a)  # -log r of the best
    return tf.expand_dims(tf.gather(a, best, axis=1, batch_dims=1) + surprise, 1)
