import scipy.special

def exact_posterior(x, means):
    mu = np.asarray(component_means(means), "float64")
    return scipy.special.softmax(-0.5 * np.linalg.norm(x[:, None, None, :] - mu, axis=-1) ** 2 / STD ** 2, axis=(1, 2))
