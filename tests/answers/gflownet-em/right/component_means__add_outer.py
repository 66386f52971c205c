def component_means(means):
    """One table of sums (C, P) for each coordinate."""
    means = np.asarray(means)
    tables = [np.add.outer(m, o) for m, o in zip(means.T, OFFSETS.T)]
    return np.stack(tables, axis=-1)
