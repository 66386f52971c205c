# mistake: the petal's offset is not added
# credit: 2-3
# keywords: offset|OFFSETS|petal
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    return np.random.normal(means[i], STD)
