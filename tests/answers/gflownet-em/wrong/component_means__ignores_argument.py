# mistake: uses the global TRUE_MEANS and not the argument
# credit: 0-2
# keywords: argument|TRUE_MEANS|means|ignore
def component_means(means):
    return TRUE_MEANS[:, None] + OFFSETS[None]
