# mistake: axes exchanged
# expect: partial
# credit: 3.75-3.75
# finding: wrong-shape
def component_means(means):
    return OFFSETS[:, None] + np.asarray(means)
