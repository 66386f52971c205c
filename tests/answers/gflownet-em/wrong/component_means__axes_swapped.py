# mistake: returns (P, C, 2) instead of (C, P, 2)
# credit: 2-4
# keywords: shape|axis|axes|swap|transpose|order|(C, P, 2)
def component_means(means):
    return OFFSETS[:, None, :] + means[None, :, :]
