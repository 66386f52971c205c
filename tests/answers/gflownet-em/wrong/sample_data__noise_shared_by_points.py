# mistake: one noise vector is drawn and added to all points
# credit: 2-3
# keywords: noise|each point|same|repeat|all points|new
def sample_data(n, means):
    i = np.random.randint(len(means), size=n)
    j = np.random.randint(4, size=n)
    return means[i] + OFFSETS[j] + STD * np.random.randn(2)
