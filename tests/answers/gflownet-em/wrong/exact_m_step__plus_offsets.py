# mistake: offsets added
# expect: partial
# credit: 6-6
# finding: offset-sign
def exact_m_step(x, q):
    return np.einsum("ncp,npd->cd", q, x[:, None] + OFFSETS) / np.maximum(q.sum((0, 2)), 1e-9)[:, None]
