# mistake: noise without STD
# expect: partial
# credit: 3-3
# finding: sigma-forgotten
def sample_data(n, means):
    i, j = np.random.randint(0, len(means), n), np.random.randint(0, 4, n)
    return np.asarray(means)[i] + OFFSETS[j] + np.random.randn(n, 2)
