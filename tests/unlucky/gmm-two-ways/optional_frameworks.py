# unlucky: The notebook works with or without PyTorch, JAX, Numba and CuPy, and none of them is here.
# expect: full
# %% first
import random

SEED = 7
random.seed(SEED)
try:
    import torch
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
except ImportError:
    torch = None
try:
    import jax
    jax.config.update("jax_enable_x64", True)
except ModuleNotFoundError as error:
    print(error)
try:
    import cupy as xp
except Exception:
    import numpy as xp
try:
    from numba import njit
except ImportError:
    def njit(function=None, **options):
        return function if function else (lambda inner: inner)
# %% cell mstep
@njit(cache=True)
def moments(x, posterior):
    counts = posterior.sum(0)
    means = (posterior * x).sum(0) / counts
    return counts, means, (posterior * (x - means) ** 2).sum(0) / counts


def mstep(x, posterior):
    counts, means, variances = moments(xp.asarray(x, dtype="float64"), xp.asarray(posterior, dtype="float64"))
    return [xp.log(counts), means, xp.log(xp.maximum(variances, 1e-12)) / 2]
