# mistake: returns the log-likelihood (N, 1) instead of the posterior (N, K)
# expect: wrong|partial
# credit: 0-6
def mixture_posterior_logits(x, logits, means, lsigmas):
    return mixture_likelihood(x, logits, means, lsigmas)
