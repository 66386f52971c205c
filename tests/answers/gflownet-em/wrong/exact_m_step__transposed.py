# mistake: shape (2, C)
# expect: partial
# credit: 7.5-7.5
# finding: wrong-shape
def exact_m_step(x, q):
    return np.einsum("ncp,npd->dc", q, x[:, None] - OFFSETS) / np.maximum(q.sum((0, 2)), 1e-9)
