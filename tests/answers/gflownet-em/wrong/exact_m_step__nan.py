# mistake: no guard for an empty supercluster
# expect: partial
# credit: 7-7
# finding: empty-supercluster
def exact_m_step(x, q):
    return np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS) / q.sum((0, 2))[:, None]
