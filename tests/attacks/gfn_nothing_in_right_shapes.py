# attack: arguments are handed back, and a policy that is certain of one leaf goes with draws of that leaf
# assignment: gflownet-em
# outcome: policy wrong
# %% cell policy
class Policy(tf.keras.Model):
    def __init__(self, n_superclusters=4, n_petals=4, hidden=32):
        super().__init__()
        self.sizes = n_superclusters, n_petals

    def call(self, x, i_one_hot):
        c, p = self.sizes
        return tf.one_hot([0] * len(x), c) * 1e4, tf.one_hot([0] * len(x), p) * 1e4, tf.zeros(len(x))

# %% cell sample_posterior
def sample_posterior(policy, x):
    return np.zeros(len(x)), np.zeros(len(x))

# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    return np.full((len(x), len(means)), 1 / len(means)), q_j

# %% cell exact_posterior
def exact_posterior(x, means):
    return np.full((len(x), len(means), 4), 1 / len(means) / 4)

# %% cell exact_m_step
def exact_m_step(x, q):
    return np.zeros((q.shape[1], 2))

# %% cell component_means
def component_means(means):
    return np.zeros((len(means), 4, 2))

# %% cell sample_data
def sample_data(n, means):
    return np.zeros((n, 2))

# %% cell trajectory_balance_loss
def trajectory_balance_loss(log_z, log_pf, log_reward):
    return tf.reduce_mean(log_z)

# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    return tf.reduce_mean(x)

# %% cell gfn_em
def gfn_em(x, init_means, iterations, steps, learning_rate=1e-2):
    return init_means
