# mistake: weights below 1 are replaced by 1 before dividing
# credit: 4-8
# keywords: divide|denominator|weight|less than 1|below 1|floor|maximum|small
def exact_m_step(x, q):
    y = x[:, None, :] - OFFSETS
    weights = np.maximum(np.sum(q, axis=(0, 2)), 1.0)
    return np.einsum("ncp,npd->cd", q, y) / weights[:, None]
