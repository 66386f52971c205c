# mistake: unfinished, raises NameError for an undefined variable
# credit: 0-0
# keywords: NameError|not defined|raise|m_i
def component_means(means):
    # TODO how do I add the offsets?
    return m_i + o_j
