# mistake: the offsets are not subtracted from the points
# credit: 4-6
# keywords: offset|OFFSETS|subtract
def exact_m_step(x, q):
    r = tf.reduce_sum(q, axis=2)
    return tf.matmul(r, x, transpose_a=True) / tf.maximum(tf.reduce_sum(r, axis=0), 1e-8)[:, None]
