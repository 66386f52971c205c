# mistake: divided by the number of points instead of by the supercluster's weight
# credit: 4-6
# keywords: divide|weight|N_k|number of points|by N
def exact_m_step(x, q):
    y = x[:, None, :] - OFFSETS
    return np.einsum("ncp,npd->cd", q, y) / len(x)
