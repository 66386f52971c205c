# mistake: four superclusters are hard-coded, which fails for other numbers
# credit: 0-3
# keywords: four|any number|number of superclusters|IndexError|index|out of bounds
def sample_data(n, means):
    i = np.random.randint(0, 4, size=n)
    j = np.random.randint(0, 4, size=n)
    return means[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
