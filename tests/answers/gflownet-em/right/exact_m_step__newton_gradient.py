def exact_m_step(x, q):
    # the expected log joint is quadratic in the means: one Newton step from 0 is exact
    C = q.shape[1]
    m = tf.Variable(tf.zeros((C, 2)))
    with tf.GradientTape() as tape:
        r = x[:, None, None, :] - m[:, None, :] - OFFSETS
        objective = -0.5 * tf.reduce_sum(q * tf.reduce_sum(r ** 2, -1))
    gradient = tape.gradient(objective, m)
    curvature = tf.reduce_sum(q, axis=[0, 2])[:, None]
    return m + gradient / (curvature + 1e-10)
