import random


def sample_data(n, means):
    """Points one after the other, coordinate by coordinate."""
    centres = np.asarray(means, dtype=float).tolist()
    offsets = OFFSETS.tolist()

    def coordinates():
        for _ in range(n):
            leaf = zip(random.choice(centres), random.choice(offsets))
            yield from (random.gauss(m + o, STD) for m, o in leaf)

    return np.fromiter(coordinates(), dtype="float32", count=2 * n).reshape(n, 2)
