_rng = np.random.default_rng()

def sample_data(n, means):
    # one number k in 0..C*P-1 names the leaf
    c, p = np.shape(means)[0], np.shape(OFFSETS)[0]
    k = _rng.integers(c * p, size=n)
    i, j = np.divmod(k, p)
    centre = np.asarray(means, dtype=np.float64)[i] + OFFSETS[j]
    return _rng.normal(loc=centre, scale=STD)
