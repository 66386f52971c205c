def component_means(means):
    """Means of the leaves."""
    C = means.shape[0]
    P = OFFSETS.shape[0]
    result = np.zeros((C, P, 2))
    for i in range(C):
        for j in range(P):
            for d in range(2):
                result[i, j, d] = means[i][d] + OFFSETS[j][d]
    return result
