# mistake: four superclusters are hard-coded, other numbers fail
# credit: 0-3
# keywords: four|any|number of superclusters|IndexError|index|out of bounds|shape
def component_means(means):
    result = np.zeros((4, 4, 2))
    for i in range(4):
        for j in range(4):
            result[i, j] = means[i] + OFFSETS[j]
    return result
