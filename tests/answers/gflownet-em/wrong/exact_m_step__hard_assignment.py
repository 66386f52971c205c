# mistake: each point counts only for its most probable leaf instead of with its probabilities
# credit: 4-4
# keywords: hard|argmax|most probable|soft|weight|assign
def exact_m_step(x, q):
    N, C, P = q.shape
    k = np.asarray(q).reshape(N, -1).argmax(1)
    i, j = k // P, k % P
    means = np.zeros((C, 2))
    for c in range(C):
        if np.any(i == c):
            means[c] = (x[i == c] - OFFSETS[j[i == c]]).mean(0)
    return means
