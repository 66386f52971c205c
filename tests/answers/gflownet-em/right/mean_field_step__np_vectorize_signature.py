def _softmax(logits):
    weights = np.exp(logits - np.max(logits))
    return weights / np.sum(weights)


def _sweep(point, means, petals):
    """For a single point: (2,), (C, 2), (P,) to (C,), (P,)."""
    table = np.array([[-np.dot(point - m - o, point - m - o) / (2 * STD**2) for o in OFFSETS] for m in means])
    superclusters = _softmax(table @ petals)
    return superclusters, _softmax(superclusters @ table)


def mean_field_step(x, means, q_j):
    arguments = (np.asarray(a, dtype="float64") for a in (x, means, q_j))
    return np.vectorize(_sweep, signature="(d),(c,d),(p)->(c),(p)")(*arguments)
