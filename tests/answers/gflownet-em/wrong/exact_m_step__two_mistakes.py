# mistake: the offsets are not subtracted, and the sum is divided by N
# credit: 2-3
# keywords: offset|OFFSETS|divide|by N|number of points|weight
def exact_m_step(x, q):
    return tf.reduce_mean(tf.reduce_sum(q, 2)[..., None] * x[:, None, :], axis=0)
