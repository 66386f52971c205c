# style: NumPy with scipy.stats and scipy.special in float64
from scipy.stats import norm
from scipy.special import log_softmax, logsumexp

def mixture_posterior_logits(x, logits, means, lsigmas):
    x = np.asarray(x, dtype=np.float64).reshape(-1, 1)
    logits, means, lsigmas = (np.asarray(p, dtype=np.float64).reshape(1, -1) for p in (logits, means, lsigmas))
    joint = log_softmax(logits, axis=1) + norm.logpdf(x, loc=means, scale=np.exp(lsigmas))
    return joint - logsumexp(joint, axis=1, keepdims=True)
