def exact_m_step(x, q):
    q = np.asarray(q)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = q / q.sum(axis=(0, 2), keepdims=True)
    share = np.nan_to_num(share)
    return np.tensordot(share.sum(2).T, x, 1) - share.sum(0) @ OFFSETS
