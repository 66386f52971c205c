# mistake: returns a mean for each leaf, shape (C, P, 2), instead of one for each supercluster
# credit: 2-4
# keywords: shape|petal|leaf|supercluster|(C, 2)|sum over
def exact_m_step(x, q):
    w = tf.reduce_sum(q, axis=0)
    return tf.einsum("ncp,npd->cpd", q, x[:, None] - OFFSETS) / (w + 1e-8)[..., None]
