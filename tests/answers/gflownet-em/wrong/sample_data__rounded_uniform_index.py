# mistake: rounding a uniform number between 0 and K - 1 gives the first and the last option half the share of the others
# expect: partial
# credit: 2-4
# finding: ends-half-as-often
def sample_data(n, means):
    means = np.asarray(means)
    i = np.round(np.random.uniform(0, len(means) - 1, size=n)).astype(int)
    j = np.round(np.random.uniform(0, len(OFFSETS) - 1, size=n)).astype(int)
    return means[i] + OFFSETS[j] + STD * np.random.randn(n, 2)
