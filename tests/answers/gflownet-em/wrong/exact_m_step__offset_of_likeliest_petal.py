# mistake: superclusters are weighted softly, but the offset of the most probable petal is subtracted instead of the expected one
# credit: 2-6
# keywords: offset|petal|argmax|hard|weight|soft|likel|expected
def exact_m_step(x, q):
    r = q.sum(2)
    j = q.argmax(2)                                            # (N, C)
    y = x[:, None, :] - OFFSETS[j]
    return np.einsum("nc,ncd->cd", r, y) / np.maximum(r.sum(0), 1e-8)[:, None]
