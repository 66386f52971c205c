# style: loops and lists
def component_means(means):
    return np.array([[[m[0] + o[0], m[1] + o[1]] for o in OFFSETS] for m in means])
