def sample_data(n, means):
    """Counts of the leaves are multinomial; shuffle to forget the order."""
    C, P = len(means), len(OFFSETS)
    counts = np.random.multinomial(n, np.full(C * P, 1.0 / (C * P)))
    leaves = (np.asarray(means)[:, None] + OFFSETS).reshape(C * P, 2)
    x = np.repeat(leaves, counts, axis=0)
    x = x + np.random.normal(scale=STD, size=x.shape)
    np.random.shuffle(x)
    return x.astype(np.float32)
