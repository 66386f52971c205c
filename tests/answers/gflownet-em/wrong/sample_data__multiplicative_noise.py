# mistake: the noise multiplies the leaf's mean instead of being added
# credit: 0-3
# keywords: add|multipl|noise|scatter
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(4, size=n)
    return (means[i] + OFFSETS[j]) * (1 + STD * np.random.randn(n, 2))
