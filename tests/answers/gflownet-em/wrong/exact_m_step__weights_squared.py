# mistake: the weights enter squared, the points are weighted by q twice
# credit: 2-4
# keywords: square|twice|weight
def exact_m_step(x, q):
    y = x[:, None, None] - OFFSETS
    w = q[..., None]
    return tf.reduce_sum(w * (w * y), axis=[0, 2]) / (tf.reduce_sum(w * w, axis=[0, 2]) + 1e-8)
