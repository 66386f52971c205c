def mixture_posterior_logits(x, logits, means, lsigmas):
    """NumPy, in place on one float64 table of our own."""
    logits, means, lsigmas = (np.asarray(p, dtype="float64").ravel() for p in (logits, means, lsigmas))
    table = np.array(x, dtype="float64").reshape(-1, 1) - means  # new memory: x stays as it is
    table *= np.exp(-lsigmas)
    np.square(table, out=table)
    table *= -0.5
    table += logits - lsigmas
    table -= np.logaddexp.reduce(table, axis=1, keepdims=True)
    return table.astype("float32")
