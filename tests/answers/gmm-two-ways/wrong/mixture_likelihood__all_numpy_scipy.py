# mistake: everything in NumPy and SciPy: right numbers, no gradient at all
# expect: partial
# credit: 6-18
from scipy.stats import norm
from scipy.special import logsumexp, log_softmax

def mixture_likelihood(x, logits, means, lsigmas):
    l, m, s = (np.array(p, dtype=np.float64).reshape(1, -1) for p in (logits, means, lsigmas))
    lp = log_softmax(l, axis=1) + norm.logpdf(np.array(x, dtype=np.float64), m, np.exp(s))
    return tf.constant(logsumexp(lp, axis=1, keepdims=True), dtype=tf.float32)
