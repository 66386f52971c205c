# mistake: one noise number per point, added to both coordinates
# credit: 2-3
# keywords: coordinate|both|correlat|noise
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(len(OFFSETS), size=n)
    eps = np.random.normal(scale=STD, size=(n, 1))
    return means[i] + OFFSETS[j] + eps
