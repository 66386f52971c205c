# mistake: one draw is used for both levels, so the petal is determined by the supercluster
# credit: 2-2
# keywords: independent|apart|same draw|petal|tied|each leaf
def sample_data(n, means):
    i = np.random.randint(0, len(means), n)
    return means[i] + OFFSETS[i % 4] + STD * np.random.randn(n, 2)
