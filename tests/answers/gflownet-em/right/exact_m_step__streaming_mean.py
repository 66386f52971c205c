def exact_m_step(x, q):
    """See the points one by one and correct the means after each of them."""
    x, q = np.asarray(x, dtype="float64"), np.asarray(q, dtype="float64")
    means = np.zeros((q.shape[1], 2))
    seen = np.zeros((q.shape[1], 1))
    for point, weights in zip(x, q):  # (2,) and (C, P)
        w = weights.sum(axis=1, keepdims=True)
        pull = weights @ (point - OFFSETS) - w * means
        seen += w
        means += np.divide(pull, seen, out=np.zeros_like(pull), where=seen > 0)
    return means
