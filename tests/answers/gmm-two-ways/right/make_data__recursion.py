def make_data(N, logits, means, lsigmas):
    if N == 0:
        return np.zeros((0, 1), np.float32)
    if N == 1:
        p = np.exp(np.array(logits, np.float64)); p /= p.sum()
        k = np.random.choice(len(p), p=p)
        return np.array([[np.random.normal(np.array(means)[k], np.exp(np.array(lsigmas)[k]))]])
    h = N // 2
    return np.vstack([make_data(h, logits, means, lsigmas), make_data(N - h, logits, means, lsigmas)])
