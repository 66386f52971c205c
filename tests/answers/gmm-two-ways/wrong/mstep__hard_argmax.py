# mistake: hard assignments by argmax instead of responsibilities
# expect: partial
# credit: 4-9
def mstep(x, posterior):
    xs, r = np.array(x, dtype=float).ravel(), np.array(posterior)
    z = r.argmax(axis=1)
    K = r.shape[1]
    pi = np.array([np.mean(z == k) for k in range(K)])
    mu = np.array([xs[z == k].mean() for k in range(K)])
    sd = np.array([xs[z == k].std() for k in range(K)])
    return np.log(pi), mu, np.log(sd)
