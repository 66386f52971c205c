# mistake: returns the leaves as one flat list of shape (C*P, 2)
# credit: 3.5-4
# keywords: shape|flat|reshape|(C, P, 2)
def component_means(means):
    return np.array([m + o for m in means for o in OFFSETS])
