# mistake: STD squared (the variance) is used as the standard deviation of the noise
# credit: 3-3
# keywords: variance|standard deviation|STD|scatter|noise
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(4, size=n)
    noise = np.random.normal(0, STD**2, size=(n, 2))
    return means[i] + OFFSETS[j] + noise
