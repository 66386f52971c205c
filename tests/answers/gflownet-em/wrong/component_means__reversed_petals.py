# mistake: the petals come in the reverse order
# credit: 2-3
# keywords: order|revers|OFFSETS[j]|petal
def component_means(means):
    leaves = []
    for o in OFFSETS:
        leaves.insert(0, means + o)
    return np.stack(leaves, axis=1)
