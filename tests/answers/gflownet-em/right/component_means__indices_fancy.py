def component_means(means):
    means = np.asarray(means, dtype=np.float32)
    i, j = np.indices((means.shape[0], OFFSETS.shape[0]))
    return means[i] + OFFSETS[j]
