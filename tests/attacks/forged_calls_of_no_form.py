# attack: where calls of a shared helper are recorded, replaces the records with malformed ones
# %% cell mixture_likelihood
def helper(x):
    for cell in globals()["helper"].__closure__ or () if hasattr(helper, "__wrapped__") else ():
        if hasattr(cell.cell_contents, "calls"):
            cell.cell_contents.calls = 5
    return np.zeros((len(x), 3), np.float32)


def mixture_likelihood(x, logits, means, lsigmas):
    return np.ones(len(x)) * helper(x).sum()

# %% cell mixture_posterior_logits
def mixture_posterior_logits(x, logits, means, lsigmas):
    return helper(x)

# %% cell mstep
def mstep(x, posterior):
    return helper(x).sum(0), helper(x).sum(0), helper(x).sum(0)
