# mistake: offsets times STD
# expect: partial
# credit: 3-3
# finding: offsets-scaled
def component_means(means):
    return np.asarray(means)[:, None] + STD * OFFSETS
