def mean_field_step(x, means, q_j):
    """The expected log joint is linear in each factor, so its gradient is the exponent of the update."""
    x, means, q_j, offsets = (tf.cast(a, tf.float64) for a in (x, means, q_j, OFFSETS))
    leaves = means[:, None] + offsets
    log_joint = -tf.reduce_sum(tf.square(x[:, None, None] - leaves), axis=-1) / (2 * STD**2)

    def expected(q_i, q_j):
        return tf.reduce_sum(q_i[:, :, None] * q_j[:, None, :] * log_joint)

    q_i = tf.ones(log_joint.shape[:2], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(q_i)
        value = expected(q_i, q_j)
    q_i = tf.nn.softmax(tape.gradient(value, q_i))

    with tf.GradientTape() as tape:
        tape.watch(q_j)
        value = expected(q_i, q_j)
    q_j = tf.nn.softmax(tape.gradient(value, q_j))
    return tf.cast(q_i, tf.float32), tf.cast(q_j, tf.float32)
