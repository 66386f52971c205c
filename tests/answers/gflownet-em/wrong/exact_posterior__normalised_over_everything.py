# mistake: the softmax runs over points and leaves together, all probabilities of the data sum to 1
# credit: 4-4
# keywords: each point|axis|axes|points|normalis|normaliz|sum to 1
from scipy.special import softmax

def exact_posterior(x, means):
    mu = component_means(means)
    return softmax(-((x[:, None, None] - mu) ** 2).sum(-1) / (2 * STD**2))
