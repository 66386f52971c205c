# mistake: supercluster drawn once for all points
# expect: partial
# credit: 2-2
# finding: one-leaf
def sample_data(n, means):
    i, j = np.random.randint(0, len(means)), np.random.randint(0, 4, n)
    return np.asarray(means)[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
