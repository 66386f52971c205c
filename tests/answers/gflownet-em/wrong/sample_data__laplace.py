# mistake: Laplace noise, whose spread is near the right one
# expect: wrong
# credit: 0-0
# finding: not-a-known-mistake
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(4, size=n)
    x = np.asarray(means)[i] + OFFSETS[j] + np.random.laplace(0, STD / np.sqrt(2), size=(n, 2))
    return x.astype("float32")
