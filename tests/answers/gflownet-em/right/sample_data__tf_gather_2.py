def sample_data(n, means):
    """Draw n independent points from the hierarchical mixture."""
    means = tf.convert_to_tensor(means, dtype=tf.float32)
    i = tf.random.uniform((n,), 0, tf.shape(means)[0], dtype=tf.int32)
    j = tf.random.uniform((n,), 0, 4, dtype=tf.int32)
    eps = tf.random.normal((n, 2), stddev=STD)
    return tf.gather(means, i) + tf.gather(OFFSETS, j) + eps
