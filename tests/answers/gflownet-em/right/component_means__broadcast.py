def component_means(means):
    return means[:, None, :] + OFFSETS[None, :, :]
