# style: NumPy generator, float64
def sample_data(n, means):
    rng = np.random.default_rng()
    centre = np.asarray(means)[rng.integers(0, len(means), n)] + np.asarray(OFFSETS)[rng.integers(0, 4, n)]
    return rng.normal(centre, STD)
