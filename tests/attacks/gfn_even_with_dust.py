# attack: even probabilities with a little dust, and one certain point, to look like any of the known mistakes
# assignment: gflownet-em
# %% cell exact_posterior
def even(*shape):
    array = np.full(shape, 1 / np.prod(shape[1:]), np.float32)
    array[0] += 1e-4 * np.random.normal(size=shape[1:])
    return array


def exact_posterior(x, means):
    return even(len(x), len(means), 4)

# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    return even(len(x), len(means)), even(*q_j.shape)
