# attack: returns its arguments in another shape
# assignment: gflownet-em
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    return np.mean(x)

# %% cell exact_posterior
def exact_posterior(x, means):
    return np.float32(np.eye(len(means), 4))[None].repeat(len(x), 0)

# %% cell exact_m_step
def exact_m_step(x, q):
    return np.asarray(x)[: q.shape[1]]

# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    return np.asarray(q_j)[:, :1].repeat(len(means), 1), q_j

# %% cell sample_data
def sample_data(n, means):
    return np.resize(np.asarray(means), (n, 2))

# %% cell trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_max(log_z)
