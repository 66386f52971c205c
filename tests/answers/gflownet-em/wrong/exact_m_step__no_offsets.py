# mistake: weighted mean of x
# expect: partial
# credit: 4-4
# finding: petals-forgotten
def exact_m_step(x, q):
    r = q.sum(2)
    return (r.T @ x) / np.maximum(r.sum(0), 1e-9)[:, None]
