# mistake: noise of standard deviation 1, STD is not used
# credit: 3-3
# keywords: STD|standard deviation|noise|scatter|0.25
def sample_data(n, means):
    C = means.shape[0]
    i = np.random.choice(C, size=n)
    j = np.random.choice(OFFSETS.shape[0], size=n)
    x = means[i] + OFFSETS[j]
    return x + np.random.standard_normal(x.shape)
