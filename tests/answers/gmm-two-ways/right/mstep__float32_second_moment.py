# style: NumPy E[x^2] - mu^2 in the dtype that comes in
def mstep(x, posterior):
    x = np.array(x)
    p = np.array(posterior)
    s0 = np.sum(p, axis=0)
    s1 = np.sum(p * x, axis=0)
    s2 = np.sum(p * x**2, axis=0)
    mu = s1 / s0
    return np.log(s0 / np.sum(s0)), mu, np.log(s2 / s0 - mu**2) / 2
