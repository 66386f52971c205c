# mistake: the same index for supercluster and petal
# expect: partial
# credit: 2-2
# finding: petal-tied-to-supercluster
def sample_data(n, means):
    i = np.random.randint(0, len(means), n)
    return np.asarray(means)[i] + OFFSETS[i % 4] + STD * np.random.randn(n, 2)
