# style: the square multiplied out, only terms that matter
def mean_field_step(x, means, q_j):
    x, means, q_j = (np.asarray(v, np.float64) for v in (x, means, q_j))
    def update(rest, centres):
        a = (rest @ centres.T - 0.5 * (centres ** 2).sum(1)) / STD ** 2
        a = np.exp(a - a.max(axis=1)[:, None])
        return a / a.sum(axis=1)[:, None]
    q_i = update(x - q_j @ OFFSETS, means)
    return q_i, update(x - q_i @ means, np.asarray(OFFSETS, np.float64))
