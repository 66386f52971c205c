# mistake: no guard against a supercluster without weight: 0/0 gives NaN
# credit: 7-8
# keywords: NaN|zero|empty|finite|without weight
def exact_m_step(x, q):
    y = x[:, None, :] - OFFSETS
    return tf.einsum("ncp,npd->cd", q, y) / tf.reduce_sum(q, axis=[0, 2])[:, None]
