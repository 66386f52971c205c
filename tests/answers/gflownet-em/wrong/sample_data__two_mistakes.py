# mistake: variance used as standard deviation, and the petals are drawn with the supercluster's index
# credit: 1-2
# keywords: variance|standard deviation|STD|independent|petal|apart
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    return np.random.normal(means[i] + OFFSETS[i % len(OFFSETS)], STD ** 2)
