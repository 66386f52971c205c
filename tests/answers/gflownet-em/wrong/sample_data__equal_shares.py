# mistake: every leaf gets the same number of points
# expect: partial
# credit: 2-2
# finding: exact-counts
def sample_data(n, means):
    C, P = len(means), len(OFFSETS)
    leaf = np.random.permutation(np.arange(n) % (C * P))
    i, j = leaf // P, leaf % P
    return np.asarray(means)[i] + OFFSETS[j] + STD * np.random.normal(size=(n, 2))
