def mstep(x, posterior):
    """All sums over the points with np.bincount: entry (n, k) of a table goes into bin k."""
    x = np.asarray(x, dtype="float64").reshape(-1, 1)
    r = np.asarray(posterior, dtype="float64")
    N, K = r.shape
    which = np.tile(np.arange(K), N)

    def per_component(table):
        return np.bincount(which, weights=table.ravel(), minlength=K)

    counts = np.maximum(per_component(r), 1e-30)
    means = per_component(r * x) / counts
    variances = per_component(r * (x - means) ** 2) / counts
    return [np.float32(part) for part in (np.log(counts), means, 0.5 * np.log(np.maximum(variances, 1e-12)))]
