# unlucky: The student knows SciPy and uses it wherever no gradient is asked for.
# expect: full
# %% before sample_data
import scipy.special as sp
from scipy import stats
from scipy.spatial.distance import cdist
rng = np.random.default_rng()
# %% cell sample_data
noise = stats.multivariate_normal(mean=[0, 0], cov=STD**2)


def sample_data(n, means):
    leaves = (np.asarray(means)[:, None] + OFFSETS).reshape(-1, 2)
    return leaves[stats.randint(0, len(leaves)).rvs(n)] + noise.rvs(n).reshape(n, 2)
# %% cell component_means
def component_means(means):
    return np.add.outer(np.asarray(means), np.zeros(len(OFFSETS))).transpose(0, 2, 1) + OFFSETS
# %% cell data_log_likelihood
def data_log_likelihood(x, means):
    leaves = np.reshape(component_means(means), [-1, 2])
    table = stats.norm.logpdf(np.asarray(x)[:, None], loc=leaves, scale=STD).sum(-1)
    return float(np.mean(sp.logsumexp(table, axis=1, b=1 / len(leaves))))
# %% cell exact_posterior
def exact_posterior(x, means):
    leaves = np.reshape(component_means(means), [-1, 2])
    return sp.softmax(-cdist(x, leaves, "sqeuclidean") / (2 * STD**2), axis=1).reshape(len(x), len(means), -1)
# %% cell mean_field_step
def mean_field_step(x, means, q_j):
    q_i = sp.softmax(-cdist(x - q_j @ OFFSETS, means, "sqeuclidean") / (2 * STD**2), axis=1)
    return q_i, sp.softmax(-cdist(x - q_i @ means, OFFSETS, "sqeuclidean") / (2 * STD**2), axis=1)
