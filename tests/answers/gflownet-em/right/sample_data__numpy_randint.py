def sample_data(n, means):
    i = np.random.randint(0, len(means), size=n)
    j = np.random.randint(0, len(OFFSETS), size=n)
    return means[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
