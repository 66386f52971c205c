# mistake: off by one, the last supercluster is never drawn (the upper bound of randint is exclusive)
# credit: 2-3
# keywords: uniform|last|never|even|share|supercluster
def sample_data(n, means):
    i = np.random.randint(0, len(means) - 1, size=n)
    j = np.random.randint(0, 4, size=n)
    return means[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
