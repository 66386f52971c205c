def mstep(x, posterior):
    """The mean is the weighted least-squares fit of a constant; the variance is the mean squared residual."""
    x = np.asarray(x, dtype="float64").ravel()
    rows = []
    for weights in np.asarray(posterior, dtype="float64").T:
        root, count = np.sqrt(weights), max(weights.sum(), 1e-30)
        (mean,), *_ = np.linalg.lstsq(root[:, None], root * x, rcond=None)  # 0 for an empty component
        residual = root * (x - mean)
        rows.append((np.log(count), mean, 0.5 * np.log(max(residual @ residual / count, 1e-12))))
    logits, means, lsigmas = np.array(rows, dtype="float32").T
    return logits, means, lsigmas
