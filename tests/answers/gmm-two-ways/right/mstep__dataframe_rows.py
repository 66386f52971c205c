def mstep(x, posterior):
    import pandas as pd
    r = pd.DataFrame(np.asarray(posterior, float)); x = pd.Series(np.asarray(x, float)[:, 0])
    n = r.sum(); mu = r.mul(x, axis=0).sum() / n
    var = r.mul((x.values[:, None] - mu.values) ** 2).sum() / n
    return np.log(n / n.sum()), mu, np.log(var ** .5)
