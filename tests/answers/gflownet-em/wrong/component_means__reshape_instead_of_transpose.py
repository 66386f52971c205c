# mistake: the sums have shape (P, C, 2) and are reshaped, not transposed, to (C, P, 2), so for C > 1 the leaves end up in the wrong places
# expect: partial
# credit: 1-3.5
# finding: rows-mixed-up
def component_means(means):
    means = np.asarray(means)
    leaves = OFFSETS[:, None] + means[None]
    return np.reshape(leaves, (len(means), len(OFFSETS), 2))
