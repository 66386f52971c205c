from scipy.stats import multivariate_normal

def data_log_likelihood(x, means):
    logs = []
    for m in means:
        for o in OFFSETS:
            logs.append(multivariate_normal(mean=m + o, cov=STD**2 * np.eye(2)).logpdf(x).reshape(-1))
    logs = np.array(logs)                                   # (CP, N)
    return float((np.logaddexp.reduce(logs, axis=0) - np.log(len(logs))).mean())
