# mistake: only the first coordinate of the offset is used, for both coordinates
# credit: 1-3
# keywords: coordinate|column|OFFSETS|both
def component_means(means):
    return means[:, None, :] + OFFSETS[None, :, :1]
