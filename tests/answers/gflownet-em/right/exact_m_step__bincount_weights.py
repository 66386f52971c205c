def exact_m_step(x, q):
    x, q = np.asarray(x, dtype=float), np.asarray(q, dtype=float)
    n, c, p = q.shape
    owner_of = np.broadcast_to(np.arange(c)[:, None], q.shape).ravel()
    votes = np.broadcast_to((x[:, None] - OFFSETS)[:, None], (n, c, p, 2)).reshape(-1, 2)
    weight = np.bincount(owner_of, weights=q.ravel(), minlength=c)
    total = [np.bincount(owner_of, weights=q.ravel() * column, minlength=c) for column in votes.T]
    return np.stack(total, axis=1) / np.where(weight > 0, weight, 1)[:, None]
