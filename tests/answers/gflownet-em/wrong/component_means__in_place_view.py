# mistake: leaf is a view of a row of means, so += adds up the offsets of all petals so far (and writes to the argument)
# expect: partial
# credit: 1-3
# finding: offsets-added-up
def component_means(means):
    leaves = np.zeros((len(means), len(OFFSETS), 2), dtype="float32")
    for i in range(len(means)):
        leaf = means[i]
        for j in range(len(OFFSETS)):
            leaf += OFFSETS[j]
            leaves[i, j] = leaf
    return leaves
