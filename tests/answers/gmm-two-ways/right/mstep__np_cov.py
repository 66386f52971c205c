# style: np.cov with aweights and ddof=0, tuple of arrays
def mstep(x, posterior):
    x = np.asarray(x, dtype=float)[:, 0]
    R = np.asarray(posterior, dtype=float).T          # (K, N)
    logits = np.log(R.mean(axis=1))
    means = R @ x / R.sum(axis=1)
    lsigmas = 0.5 * np.log([np.cov(x, aweights=row, ddof=0) for row in R])
    return (logits.astype("float32"), means.astype("float32"), lsigmas.astype("float32"))
