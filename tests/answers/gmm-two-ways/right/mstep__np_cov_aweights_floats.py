def mstep(x, posterior):
    x = np.asarray(x, float)[:, 0]
    return tuple(zip(*[(float(np.log(r.sum())), float(np.average(x, weights=r)), float(np.log(np.sqrt(np.cov(x, aweights=r, ddof=0))))) for r in np.asarray(posterior, float).T]))
