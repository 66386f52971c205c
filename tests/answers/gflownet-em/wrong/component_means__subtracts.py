# mistake: minus the offsets
# expect: partial
# credit: 3-3
# finding: offset-sign
def component_means(means):
    return np.asarray(means)[:, None] - OFFSETS
