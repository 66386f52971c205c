# style: two sums, one for x and one for the offsets
def exact_m_step(x, q):
    q = np.asarray(q, dtype=np.float64)
    r = q.sum(2)
    counts = np.maximum(r.sum(0), 1e-12)
    return (r.T @ x - q.sum(0) @ OFFSETS) / counts[:, None]
