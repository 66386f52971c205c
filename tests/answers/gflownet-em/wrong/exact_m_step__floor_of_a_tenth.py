# mistake: the weight's lower bound is a tenth
# expect: partial
# credit: 7-7
# finding: little-weight
def exact_m_step(x, q):
    x, q = np.asarray(x), np.asarray(q)
    top = np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS)
    return top / np.clip(q.sum(axis=(0, 2)), 0.1, None)[:, None]
