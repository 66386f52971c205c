import keras

_seeds = keras.random.SeedGenerator()

def sample_data(n, means):
    C = means.shape[0]
    i = keras.random.randint((n,), 0, C, seed=_seeds)
    j = keras.random.randint((n,), 0, OFFSETS.shape[0], seed=_seeds)
    noise = keras.random.normal((n, 2), mean=0.0, stddev=STD, seed=_seeds)
    return keras.ops.take(means, i, axis=0) + keras.ops.take(OFFSETS, j, axis=0) + noise
