# style: as in the seed, accumulates into zeros
def component_means(means):
    result = np.zeros((means.shape[0], OFFSETS.shape[0], 2))
    result += means[:, None]
    result += OFFSETS
    return result
