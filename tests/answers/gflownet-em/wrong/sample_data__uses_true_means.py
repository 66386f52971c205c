# mistake: the global TRUE_MEANS is used and the argument means is ignored
# credit: 0-2
# keywords: argument|TRUE_MEANS|means|ignore
def sample_data(n, means):
    i = np.random.randint(len(TRUE_MEANS), size=n)
    j = np.random.randint(4, size=n)
    return TRUE_MEANS[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
