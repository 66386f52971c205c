# mistake: adds row by row, works for four only
# expect: partial
# credit: 2-2
# finding: not-combined
def component_means(means):
    return means + OFFSETS
