# mistake: fails when the posterior is an array
# expect: partial
# credit: 11.25-12
# finding: only-arrays-or-only-tensors
def mstep(x, posterior):
    r = posterior.numpy(); x = np.asarray(x); n = r.sum(0); mu = (r * x).sum(0) / n
    return np.log(n), mu, .5 * np.log((r * (x - mu) ** 2).sum(0) / n)
