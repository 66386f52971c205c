import math

def _normalise(logs):
    top = max(logs)
    e = [math.exp(l - top) for l in logs]
    return [v / sum(e) for v in e]

def mean_field_step(x, means, q_j):
    all_i, all_j = [], []
    for n in range(len(x)):
        def logp(i, j):
            r = np.float64(x[n]) - means[i] - OFFSETS[j]
            return -float(np.dot(r, r)) / (2 * STD**2) - math.log(2 * math.pi * STD**2) - math.log(4 * len(means))
        table = [[logp(i, j) for j in range(4)] for i in range(len(means))]
        qi = _normalise([sum(float(q_j[n, j]) * row[j] for j in range(4)) for row in table])
        qj = _normalise([sum(qi[i] * table[i][j] for i in range(len(means))) for j in range(4)])
        all_i.append(qi)
        all_j.append(qj)
    return np.array(all_i, dtype=np.float32), np.array(all_j, dtype=np.float32)
