# style: expectation of the whole log joint
def mean_field_step(x, means, q_j):
    d = x[:, None, None] - np.asarray(component_means(means))
    joint = -0.5 * (d ** 2).sum(-1) / STD ** 2
    def soft(a):
        e = np.exp(a - a.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)
    q_i = soft((joint * np.asarray(q_j)[:, None, :]).sum(2))
    q_j = soft((joint * q_i[:, :, None]).sum(1))
    return q_i, q_j
