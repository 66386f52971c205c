# style: NumPy, normalised log weights, float64
def mstep(x, posterior):
    """M step: weights, means, log standard deviations."""
    x, r = np.asarray(x, np.float64), np.asarray(posterior, np.float64)
    Nk = r.sum(axis=0)
    mu = (r * x).sum(0) / Nk
    sigma = np.sqrt((r * np.square(x - mu)).sum(0) / Nk)
    return np.log(Nk / len(x)), mu, np.log(sigma)
