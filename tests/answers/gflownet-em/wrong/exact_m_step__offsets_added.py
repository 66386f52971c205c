# mistake: the offsets are added instead of subtracted
# credit: 4-6
# keywords: sign|offset|OFFSETS|subtract|added|plus
def exact_m_step(x, q):
    y = x[:, None, :] + OFFSETS
    return tf.einsum("ncp,npd->cd", q, y) / tf.maximum(tf.reduce_sum(q, [0, 2]), 1e-8)[:, None]
