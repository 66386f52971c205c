def exact_m_step(x, q):
    target = x[:, None, :] - OFFSETS                       # (N, P, 2)
    weight = tf.reduce_sum(q, axis=[0, 2])                 # (C,)
    total = tf.einsum("ncp,npd->cd", q, target)
    return total / tf.maximum(weight, 1e-8)[:, None]
