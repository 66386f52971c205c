# style: loop over leaves with logaddexp, no component_means
def data_log_likelihood(x, means):
    total = np.full(len(x), -np.inf)
    for m in means:
        for o in OFFSETS:
            d = np.asarray(x, dtype=np.float64) - m - o
            total = np.logaddexp(total, -(d * d).sum(1) / (2 * STD ** 2))
    return np.mean(total) - np.log(2 * np.pi * STD ** 2 * len(means) * len(OFFSETS))
