def mstep(x, posterior):
    from scipy.special import logsumexp
    with np.errstate(divide="ignore"):
        lp = np.log(np.asarray(posterior, np.float64))
    x = np.asarray(x, np.float64)
    lN = logsumexp(lp, axis=0)
    w = np.exp(lp - lN)
    mu = (w * x).sum(0)
    return lN - np.log(len(x)), mu, logsumexp(lp - lN, b=(x - mu) ** 2, axis=0) / 2
