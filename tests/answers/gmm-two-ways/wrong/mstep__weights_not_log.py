# mistake: returns the mixing weights instead of their logs
# expect: partial
# credit: 9-13.5
def mstep(x, posterior):
    x, r = np.array(x, dtype=float), np.array(posterior, dtype=float)
    pi = r.mean(axis=0)
    mu = (r * x).sum(axis=0) / r.sum(axis=0)
    sd = np.sqrt((r * (x - mu) ** 2).sum(axis=0) / r.sum(axis=0))
    return pi, mu, np.log(sd)
