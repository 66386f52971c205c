# mistake: randint misses the last petal
# expect: partial
# credit: 3-3
# finding: last-petal-left-out
def sample_data(n, means):
    i, j = np.random.randint(0, len(means), n), np.random.randint(0, 3, n)
    return np.asarray(means)[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
