def mixture_likelihood(x, logits, means, lsigmas):
    """No (N, K) table: one long vector with K entries per point, and segment sums instead of a sum over an axis."""
    points = tf.reshape(tf.cast(x, tf.float32), [-1])
    logits, means, lsigmas = (tf.reshape(tf.cast(p, tf.float32), [-1]) for p in (logits, means, lsigmas))
    N, K = tf.shape(points)[0], tf.shape(means)[0]
    point = tf.repeat(tf.range(N), K)  # 0 0 0 1 1 1 2 2 2 ...
    component = tf.tile(tf.range(K), [N])  # 0 1 2 0 1 2 0 1 2 ...
    s = tf.gather(lsigmas, component)
    a = (tf.gather(tf.nn.log_softmax(logits), component) - s - 0.5 * np.log(2 * np.pi)
         - 0.5 * tf.square((tf.gather(points, point) - tf.gather(means, component)) * tf.exp(-s)))
    top = tf.stop_gradient(tf.math.unsorted_segment_max(a, point, N))
    total = tf.math.unsorted_segment_sum(tf.exp(a - tf.gather(top, point)), point, N)
    return tf.reshape(top + tf.math.log(total), [-1, 1])
