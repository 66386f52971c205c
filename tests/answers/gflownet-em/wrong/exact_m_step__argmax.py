# mistake: hard assignment
# expect: partial
# credit: 4-4
# finding: hard-assignment
def exact_m_step(x, q):
    flat = np.asarray(q).reshape(len(q), -1)
    q = np.eye(flat.shape[1])[flat.argmax(1)].reshape(q.shape)
    return np.einsum("ncp,npd->cd", q, x[:, None] - OFFSETS) / np.maximum(q.sum((0, 2)), 1e-9)[:, None]
