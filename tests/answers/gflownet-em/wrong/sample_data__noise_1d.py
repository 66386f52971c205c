# mistake: one noise for both coordinates
# expect: partial
# credit: 2-2
# finding: same-noise-in-both-coordinates
def sample_data(n, means):
    i, j = np.random.randint(0, len(means), n), np.random.randint(0, 4, n)
    return np.asarray(means)[i] + OFFSETS[j] + STD * np.random.randn(n, 1)
