# mistake: noise times variance
# expect: partial
# credit: 3-3
# finding: variance-for-sigma
def sample_data(n, means):
    i, j = np.random.randint(0, len(means), n), np.random.randint(0, 4, n)
    return np.asarray(means)[i] + OFFSETS[j] + STD**2 * np.random.randn(n, 2)
