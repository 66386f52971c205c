def exact_m_step(x, q):
    N, C, P = q.shape
    means = []
    for c in range(C):
        weight, total = 0.0, np.zeros(2)
        for n in range(N):
            for p in range(P):
                weight += float(q[n, c, p])
                total += float(q[n, c, p]) * (x[n] - OFFSETS[p])
        means.append(total / weight if weight > 0 else x.mean(axis=0))
    return np.array(means)
