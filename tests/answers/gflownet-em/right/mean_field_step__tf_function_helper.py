@tf.function
def _update(log_joint, q, axis):
    expected = tf.reduce_sum(log_joint * tf.expand_dims(q, 3 - axis), axis=axis)
    return tf.exp(expected - tf.reduce_logsumexp(expected, axis=1, keepdims=True))

def mean_field_step(x, means, q_j):
    d = tf.constant(x)[:, None, None] - tf.constant(means)[:, None] - OFFSETS
    log_joint = -tf.reduce_sum(d * d, -1) / (2 * STD * STD) - np.log(4 * len(means))
    q_i = _update(log_joint, tf.constant(q_j), 2)
    return q_i, _update(log_joint, q_i, 1)
