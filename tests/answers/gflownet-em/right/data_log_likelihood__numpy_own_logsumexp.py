# style: NumPy, own max trick
def data_log_likelihood(x, means):
    mu = np.asarray(component_means(means)).reshape(-1, 2)
    d2 = ((x[:, None, :] - mu[None]) ** 2).sum(-1)
    a = -d2 / (2 * STD ** 2) - np.log(2 * np.pi * STD ** 2)
    top = a.max(1, keepdims=True)
    return float(np.mean(top[:, 0] + np.log(np.exp(a - top).mean(1))))
