# style: a loop over points, chain rule p(i|x) p(j|x,i)
def exact_posterior(x, means):
    rows = []
    for point in np.asarray(x, dtype=np.float64):
        a = np.array([[-np.sum((point - m - o) ** 2) / (2 * STD ** 2) for o in OFFSETS] for m in means])
        p_i = np.logaddexp.reduce(a, axis=1)
        p_j = np.exp(a - p_i[:, None])
        p_i = np.exp(p_i - np.logaddexp.reduce(p_i))
        rows.append(p_i[:, None] * p_j)
    return np.stack(rows)
