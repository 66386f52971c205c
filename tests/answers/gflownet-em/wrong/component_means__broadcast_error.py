# mistake: no new axis, so the addition raises for C other than 1 or 4 and has the wrong shape there
# credit: 0-2
# keywords: axis|axes|broadcast|shape|ValueError
def component_means(means):
    return means + OFFSETS
