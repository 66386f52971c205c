def mixture_posterior_logits(x, logits, means, lsigmas):
    from scipy.stats import norm
    from scipy.special import log_softmax
    l, m, s = (np.asarray(v, dtype="float64").reshape(1, -1) for v in (logits, means, lsigmas))
    return log_softmax(log_softmax(l, axis=1) + norm.logpdf(np.asarray(x, "float64"), m, np.exp(s)), axis=1)
