# mistake: log(p_k / sum p) from exponentials, so tails give NaN
# expect: partial
# credit: 10-13.5
def mixture_posterior_logits(x, logits, means, lsigmas):
    x = np.array(x, dtype=np.float32)
    logits, means, lsigmas = (np.array(p).reshape(1, -1) for p in (logits, means, lsigmas))
    w = np.exp(logits) / np.sum(np.exp(logits))
    p = w * np.exp(-(x - means) ** 2 / (2 * np.exp(lsigmas) ** 2)) / np.exp(lsigmas)
    return np.log(p / p.sum(axis=1, keepdims=True))
