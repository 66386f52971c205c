def exact_m_step(x, q):
    x = tf.convert_to_tensor(x); q = tf.convert_to_tensor(q)
    shifted = x[:, None, None, :] - OFFSETS[None, None, :, :]
    num = tf.reduce_sum(q[..., None] * shifted, axis=(0, 2))
    den = tf.reduce_sum(q[..., None], axis=(0, 2))
    return tf.math.divide_no_nan(num, den)
