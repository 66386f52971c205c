# style: NumPy with the maximum subtracted
def exact_posterior(x, means):
    d = np.asarray(x)[:, None, None, :] - np.asarray(component_means(means))[None]
    logits = -0.5 * (d ** 2).sum(-1) / STD ** 2
    logits = logits - logits.max(axis=(1, 2), keepdims=True)
    p = np.exp(logits)
    return p / p.sum(axis=(1, 2), keepdims=True)
