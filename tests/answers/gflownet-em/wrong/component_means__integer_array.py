# mistake: the result is written into an array of integers, so the means are truncated
# credit: 0-3
# keywords: integer|int|dtype|truncat|round
def component_means(means):
    out = np.zeros((len(means), 4, 2), dtype=int)
    for i in range(len(means)):
        for j in range(4):
            out[i, j] = means[i] + OFFSETS[j]
    return out
