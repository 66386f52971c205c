# mistake: returns shape (2, C) instead of (C, 2)
# credit: 4-8
# keywords: shape|transpose|axis|axes|(C, 2)
def exact_m_step(x, q):
    y = x[:, None, :] - OFFSETS
    return tf.einsum("ncp,npd->dc", q, y) / tf.maximum(tf.reduce_sum(q, [0, 2]), 1e-8)
