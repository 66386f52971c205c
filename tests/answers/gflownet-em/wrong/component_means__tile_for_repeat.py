# mistake: after tile and reshape the superclusters are mixed up (tile where repeat was needed)
# credit: 2-2
# keywords: repeat|tile|reshape|order|mixed|supercluster|mean
def component_means(means):
    C = len(means)
    return np.tile(means, (4, 1)).reshape(C, 4, 2) + OFFSETS
