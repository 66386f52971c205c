# mistake: exponentiates without subtracting the largest, NaN far from all leaves
# credit: 10.5-15
# keywords: none
def mean_field_step(x, means, q_j):
    L = -((x[:, None, None].astype("float64") - np.asarray(component_means(means))) ** 2).sum(-1) / (2 * STD**2)
    q_i = np.exp((L * q_j[:, None]).sum(2))
    q_i /= q_i.sum(1, keepdims=True)
    q_j = np.exp((L * q_i[:, :, None]).sum(1))
    return q_i, q_j / q_j.sum(1, keepdims=True)
