def make_data(N, logits, means, lsigmas):
    from scipy.stats import norm
    from scipy.special import softmax
    rng = np.random.RandomState(42)
    k = np.searchsorted(np.cumsum(softmax(np.array(logits, float)))[:-1], rng.rand(N))
    return norm.ppf(rng.rand(N), np.array(means)[k], np.exp(np.array(lsigmas)[k]))[:, None]
