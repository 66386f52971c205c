def mixture_posterior_logits(x, logits, means, lsigmas):
    out = np.empty((len(x), np.size(logits)))
    for n, xn in enumerate(np.ravel(x)):
        for k, (a, b, c) in enumerate(zip(*map(np.ravel, (logits, means, lsigmas)))):
            out[n, k] = float(a) - float(c) - (float(xn) - float(b)) ** 2 / (2 * np.exp(2 * float(c)))
    return out - out.max(axis=1, keepdims=True)
