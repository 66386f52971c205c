class AliasTable:
    """Walker's alias method: a uniform column, then a biased coin between the column and its alias."""

    def __init__(self, probabilities):
        scaled = np.array(probabilities, dtype="float64") * len(probabilities)
        self.keep = np.ones(len(scaled))
        self.alias = np.arange(len(scaled))
        small = [k for k, s in enumerate(scaled) if s < 1]
        large = [k for k, s in enumerate(scaled) if s >= 1]
        while small and large:
            s, l = small.pop(), large.pop()
            self.keep[s], self.alias[s] = scaled[s], l
            scaled[l] -= 1 - scaled[s]
            (small if scaled[l] < 1 else large).append(l)

    def draw(self, size):
        column = np.random.randint(len(self.keep), size=size)
        return np.where(np.random.random(size) < self.keep[column], column, self.alias[column])


def box_muller(size):
    """Standard normal numbers from pairs of uniform ones."""
    radius = np.sqrt(-2 * np.log(1 - np.random.random(size)))
    return radius * np.cos(2 * np.pi * np.random.random(size))

# %% cell
def make_data(N, logits, means, lsigmas):
    logits = np.asarray(logits, dtype="float64")
    weights = np.exp(logits - logits.max())
    z = AliasTable(weights / weights.sum()).draw(N)
    x = np.asarray(means)[z] + np.exp(np.asarray(lsigmas))[z] * box_muller(N)
    return tf.constant(x.reshape(-1, 1), tf.float32)
