def exact_m_step(x, q):
    """np.average with weights; an empty supercluster keeps the mean of the data."""
    q = np.asarray(q, dtype=np.float64)
    y = (np.asarray(x, np.float64)[:, None, :] - OFFSETS).reshape(-1, 2)          # (N*P, 2)
    result = np.tile(np.mean(x, axis=0), (q.shape[1], 1))
    for c in range(q.shape[1]):
        w = q[:, c, :].ravel()
        if w.sum() > 0:
            result[c] = np.average(y, axis=0, weights=w)
    return result
