class Levels:
    """Mean field for points that are a sum of one vector from each level, plus noise."""

    def __init__(self, x, *levels):
        self.x = np.asarray(x, dtype="float64")
        self.levels = [np.asarray(level, dtype="float64") for level in levels]
        self.q = [None] * len(levels)

    def update(self, k):
        others = [q @ level for m, (q, level) in enumerate(zip(self.q, self.levels)) if m != k]
        rest = self.x - sum(others)
        logits = -np.square(rest[:, None] - self.levels[k]).sum(axis=-1) / (2 * STD**2)
        weight = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.q[k] = weight / weight.sum(axis=1, keepdims=True)


# %% cell
def mean_field_step(x, means, q_j):
    field = Levels(x, means, OFFSETS)
    field.q[1] = np.asarray(q_j, dtype="float64")
    for k in range(2):
        field.update(k)
    return field.q
