# mistake: shape (2, n)
# expect: partial
# credit: 3.75-3.75
# finding: wrong-shape
def sample_data(n, means):
    i, j = np.random.randint(0, len(means), n), np.random.randint(0, 4, n)
    return (np.asarray(means)[i] + OFFSETS[j] + STD * np.random.randn(n, 2)).T
