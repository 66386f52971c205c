# mistake: averages are taken within each petal and then over petals with equal weights
# credit: 4-4
# keywords: petal|weight|equal|unequal|average|divide
def exact_m_step(x, q):
    w = tf.reduce_sum(q, axis=0)                                     # (C, P)
    m = tf.einsum("ncp,nd->cpd", q, x) / (w[..., None] + 1e-8) - OFFSETS
    return tf.reduce_mean(m, axis=1)
