# mistake: exp without the largest logit subtracted
# expect: partial
# credit: 10.5-10.5
# finding: unstable-in-the-tails
def mean_field_step(x, means, q_j):
    log_p = -0.5 * np.sum(np.square((np.asarray(x)[:, None, None] - np.asarray(component_means(means))) / STD), axis=-1)
    w = np.exp((log_p * np.asarray(q_j)[:, None]).sum(axis=2))
    q_i = w / w.sum(axis=1, keepdims=True)
    w = np.exp((log_p * q_i[:, :, None]).sum(axis=1))
    return q_i, w / w.sum(axis=1, keepdims=True)
