# mistake: STD instead of STD squared in the exponent
# credit: 9-9
# keywords: STD|variance|sigma^2|σ²|square|exponent
from scipy.special import softmax

def mean_field_step(x, means, q_j):
    L = -((x[:, None, None] - np.asarray(component_means(means))) ** 2).sum(-1) / (2 * STD)
    q_i = softmax((L * q_j[:, None]).sum(2), 1)
    return q_i, softmax((L * q_i[:, :, None]).sum(1), 1)
