# style: two Python loops over points and components, NumPy array filled in
def mixture_posterior_logits(x, logits, means, lsigmas):
    x, logits, means, lsigmas = (np.array(a, dtype=float).flatten() for a in (x, logits, means, lsigmas))
    N, K = len(x), len(logits)
    out = np.zeros((N, K))
    for n in range(N):
        for k in range(K):
            s = np.exp(lsigmas[k])
            out[n, k] = logits[k] - (x[n] - means[k]) ** 2 / (2 * s ** 2) - np.log(s)
        out[n] -= np.max(out[n]) + np.log(np.sum(np.exp(out[n] - np.max(out[n]))))
    return out.astype(np.float32)
