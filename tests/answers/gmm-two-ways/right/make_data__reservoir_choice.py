def make_data(N, logits, means, lsigmas):
    """Offer the components one after the other: each replaces the current point with probability pi_k / (pi_1 + ... + pi_k)."""
    logits, means, lsigmas = (np.ravel(np.asarray(p, dtype=np.float64)) for p in (logits, means, lsigmas))
    accept = np.exp(logits - np.logaddexp.accumulate(logits))  # the first is 1
    x = np.zeros(N)
    for chance, mean, lsigma in zip(accept, means, lsigmas):
        candidate = np.random.normal(mean, np.exp(lsigma), size=N)
        x = np.where(np.random.random(N) < chance, candidate, x)
    return x.reshape(N, 1).astype("float32")
