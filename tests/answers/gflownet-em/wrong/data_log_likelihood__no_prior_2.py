# mistake: the prior 1/(C P) of the leaves is missing
# credit: 6-6
# keywords: prior|1/(C|weight|log(C|average|mean of the densities|number of leaves
from scipy.special import logsumexp

def data_log_likelihood(x, means):
    mu = np.asarray(component_means(means)).reshape(-1, 2)
    e = -((x[:, None] - mu) ** 2).sum(-1) / (2 * STD**2) - np.log(2 * np.pi * STD**2)
    return logsumexp(e, axis=1).mean()
