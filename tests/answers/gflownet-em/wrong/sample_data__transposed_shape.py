# mistake: returns shape (2, n) instead of (n, 2)
# credit: 3.5-4
# keywords: shape|transpose|(n, 2)|axis|axes
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(4, size=n)
    eps = np.random.randn(2, n) * STD
    return np.array(means).T[:, i] + OFFSETS.T[:, j] + eps
