# mistake: means and offsets are multiplied instead of added
# credit: 0-2
# keywords: multipl|product|add|sum|plus
def component_means(means):
    return np.einsum("cd,pd->cpd", means, OFFSETS)
