# attack: answers of shapes that break careless code
# %% cell mixture_likelihood
import numpy as np

turns = iter(range(10**9))
SHAPES = [(0,), (0, 0), (1,) * 20, (3, 0, 2), (10**6,), ()]


def mixture_likelihood(x, logits, means, lsigmas):
    return np.zeros(SHAPES[next(turns) % len(SHAPES)])

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return np.zeros(SHAPES[next(turns) % len(SHAPES)])

# %% cell mstep
def mstep(x, posterior):
    return [np.zeros(SHAPES[next(turns) % len(SHAPES)]) for _ in range(next(turns) % 5)]

# %% cell make_data
def make_data(N, logits, means, lsigmas):
    return np.zeros(SHAPES[next(turns) % len(SHAPES)])

# %% cell loss
def loss(model, inputs):
    return np.zeros(SHAPES[next(turns) % len(SHAPES)])
