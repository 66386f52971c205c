# mistake: one row of leaves
# expect: partial
# credit: 3.75-3.75
# finding: wrong-shape
def component_means(means):
    return (np.asarray(means)[:, None] + OFFSETS).reshape(-1, 2)
