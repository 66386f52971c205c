# mistake: the axes do not line up and the multiplication raises
# credit: 0-0
# keywords: raise|shape|broadcast|axis|axes|incompatible
def exact_m_step(x, q):
    y = tf.constant(x)[:, None, :] - OFFSETS
    return tf.reduce_sum(q * y, axis=[0, 2]) / tf.reduce_sum(q, axis=[0, 2])
