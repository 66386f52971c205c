# style: np.average for each supercluster, keeps zero for an empty one
def exact_m_step(x, q):
    out = np.zeros((q.shape[1], 2), dtype=np.float32)
    points = (x[:, None] - OFFSETS).reshape(-1, 2)
    for c in range(q.shape[1]):
        w = q[:, c].reshape(-1)
        if w.sum() > 0:
            out[c] = np.average(points, axis=0, weights=w)
    return out
