# mistake: superclusters are drawn with random weights instead of uniformly
# credit: 2-3
# keywords: uniform|weights|even|share|equal|probabilit
def sample_data(n, means):
    w = np.random.dirichlet(np.ones(len(means)))
    i = np.random.choice(len(means), size=n, p=w)
    j = np.random.choice(4, size=n)
    return means[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
