# style: tf.math.divide_no_nan
def exact_m_step(x, q):
    x, q = tf.cast(x, tf.float32), tf.cast(q, tf.float32)
    num = tf.reduce_sum(q[..., None] * (x[:, None, None, :] - OFFSETS), axis=(0, 2))
    return tf.math.divide_no_nan(num, tf.reduce_sum(q, axis=(0, 2))[:, None])
