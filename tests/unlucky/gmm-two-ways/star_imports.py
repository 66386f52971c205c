# unlucky: Star imports put other functions of the same names in place of Python's and of the notebook's.
# expect: full
# %% before mixture_posterior_logits
from math import *
from numpy import abs, asarray, float64, log, maximum, round, sum
# %% cell mstep
def mstep(x, posterior):
    x, posterior = asarray(x, dtype=float64), asarray(posterior, dtype=float64)
    counts = sum(posterior, axis=0) + 1e-30
    means = sum(posterior * x, axis=0) / counts
    variances = sum(posterior * (x - means) ** 2, axis=0) / counts
    return log(counts), means, 0.5 * log(maximum(variances, 1e-12))
# %% last
%pylab inline
