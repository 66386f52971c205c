# mistake: STD is taken for the variance, both in the exponent and in the normaliser
# credit: 4-6
# keywords: STD|variance|sigma^2|σ²|square|standard deviation
from scipy.stats import multivariate_normal

def data_log_likelihood(x, means):
    logs = [multivariate_normal(m + o, STD * np.eye(2)).logpdf(x).reshape(-1) for m in means for o in OFFSETS]
    return np.mean(np.logaddexp.reduce(logs) - np.log(len(logs)))
