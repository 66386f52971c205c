def mstep(x, posterior):
    x = np.asarray(x, np.float64).ravel(); posterior = np.asarray(posterior, np.float64)
    logits, means, lsigmas = [], [], []
    for r in posterior.T:
        mu = np.average(x, weights=r)
        logits.append(np.log(r.mean())); means.append(mu)
        lsigmas.append(.5 * np.log(np.average((x - mu) ** 2, weights=r)))
    return logits, means, lsigmas
