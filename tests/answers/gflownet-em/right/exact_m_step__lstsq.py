import numpy.linalg as la

def exact_m_step(x, q):
    # weighted least squares for each supercluster: minimise sum q |x - o - m|^2
    n, c, p = np.shape(q)
    out = []
    for k in range(c):
        w = np.sqrt(np.array(q)[:, k, :].astype(float)).reshape(n * p, 1)
        y = (x[:, None, :] - OFFSETS[None]).reshape(n * p, 2)
        solution, *_ = la.lstsq(w, w * y, rcond=None)
        out.append(solution[0])
    return np.stack(out)
