# mistake: the noise is uniform with the right standard deviation instead of normal
# credit: 2-3
# keywords: normal|Gaussian|uniform|distribution|noise
def sample_data(n, means):
    half = STD * np.sqrt(3)
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(4, size=n)
    return means[i] + OFFSETS[j] + np.random.uniform(-half, half, size=(n, 2))
