def mstep(x, posterior):
    x = np.asarray(x, np.float64); r = np.asarray(posterior, np.float64)
    S = r.T @ np.hstack([np.ones_like(x), x, x ** 2])
    mu = S[:, 1] / S[:, 0]
    return np.stack([np.log(S[:, 0]), mu, .5 * np.log(S[:, 2] / S[:, 0] - mu ** 2)]).astype(np.float32)
