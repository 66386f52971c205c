# mistake: mean of means
# expect: partial
# credit: 4-4
# finding: petals-averaged
def exact_m_step(x, q):
    m = np.einsum("ncp,npd->cpd", q, x[:, None] - OFFSETS) / np.maximum(q.sum(0), 1e-9)[..., None]
    return m.mean(1)
