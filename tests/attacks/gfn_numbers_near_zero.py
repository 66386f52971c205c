# attack: noise so small that it counts as the zero which some mistakes predict
# assignment: gflownet-em
# %% cell exact_posterior
def exact_posterior(x, means):
    return 1e-30 * np.random.normal(size=(len(x), len(means), 4))

# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    return 1e-30 * np.random.normal(size=(len(x), len(means))), 1e-30 * np.random.normal(size=np.shape(q_j))

# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    return 1e-30 * np.random.normal()
