# mistake: the noise has standard deviation STD / sqrt(2) in each coordinate, as if STD were the length of the noise vector
# expect: partial
# credit: 2-4
# finding: noise-too-narrow
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(len(OFFSETS), size=n)
    # two coordinates share the variance
    noise = np.random.normal(scale=np.sqrt(STD**2 / 2), size=(n, 2))
    return np.asarray(means)[i] + OFFSETS[j] + noise
