# mistake: divided by N
# expect: partial
# credit: 4-4
# finding: divided-by-n
def exact_m_step(x, q):
    return np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS) / len(x)
