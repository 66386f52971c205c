# mistake: four superclusters written out
# expect: partial
# credit: 2-2
# finding: four-superclusters
def component_means(means):
    result = np.zeros((4, 4, 2))
    for i in range(4):
        result[i] = means[i] + OFFSETS
    return result
