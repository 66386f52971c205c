# attack: returns NaN, infinities, complex numbers, strings, dates and objects
# outcome: mixture_likelihood wrong
# %% cell mixture_likelihood
import numpy as np

turns = iter(range(10**9))


def odd(n):
    values = [np.full((n, 1), np.nan), np.full((n, 1), np.inf), np.full((n, 1), 1j), np.full((n, 1), "7"),
              np.full((n, 1), np.datetime64(0, "s")), np.full((n, 1), None), b"7" * n, np.ma.masked_all((n, 1))]
    return values[next(turns) % len(values)]


def mixture_likelihood(x, logits, means, lsigmas):
    return odd(x.shape[0])

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return np.full((x.shape[0], logits.shape[0]), np.nan)

# %% cell mstep
def mstep(x, posterior):
    return np.inf, -np.inf, np.nan
