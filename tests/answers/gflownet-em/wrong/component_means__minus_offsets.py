# mistake: the offsets are subtracted instead of added
# credit: 2-3
# keywords: sign|subtract|minus|add|plus
def component_means(means):
    return means[:, None, :] - OFFSETS
