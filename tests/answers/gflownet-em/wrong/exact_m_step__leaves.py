# mistake: one mean for each leaf
# expect: partial
# credit: 4-4
# finding: leaves-returned
def exact_m_step(x, q):
    return np.einsum("ncp,npd->cpd", q, x[:, None] - OFFSETS) / np.maximum(q.sum(0), 1e-9)[..., None]
