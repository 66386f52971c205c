# unlucky: Several versions of a function are kept in a registry, and the answer looks the chosen one up.
# expect: full
# %% before mstep
VERSIONS, CHOSEN = {}, {}


def register(name, function):
    VERSIONS[name] = function


def choose(task, name):
    CHOSEN[task] = VERSIONS[name]
# %% before mstep
def mstep_in_numpy(x, posterior):
    x, posterior = np.asarray(x, dtype="float64"), np.asarray(posterior, dtype="float64")
    counts = posterior.sum(0) + 1e-30
    means = posterior.T @ x[:, 0] / counts
    variances = (posterior * (x - means) ** 2).sum(0) / counts
    return np.stack([np.log(counts), means, 0.5 * np.log(np.maximum(variances, 1e-12))])


def mstep_wrong(x, posterior):
    return np.zeros((3, posterior.shape[1]))


register("wrong", mstep_wrong)
register("numpy", mstep_in_numpy)
choose("mstep", "wrong")
choose("mstep", "numpy")
# %% cell mstep
def mstep(*arguments):
    return CHOSEN["mstep"](*arguments)
