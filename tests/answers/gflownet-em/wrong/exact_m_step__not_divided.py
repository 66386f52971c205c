# mistake: the weighted sum is not divided by the weights
# credit: 4-4
# keywords: divide|weight|average|normalis|normaliz|sum
def exact_m_step(x, q):
    return tf.einsum("ncp,npd->cd", q, x[:, None, :] - OFFSETS)
