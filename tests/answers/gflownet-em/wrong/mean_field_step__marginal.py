# mistake: averages densities
# expect: partial
# credit: 6-6
# finding: marginal-for-expectation
def mean_field_step(x, means, q_j):
    def soft(rest, centres):
        return tf.nn.softmax(-tf.reduce_sum((rest[:, None] - centres) ** 2, -1) / (2 * STD**2))
    a = -((x[:, None, None] - (means[:, None] + OFFSETS)) ** 2).sum(-1) / (2 * STD**2)
    p = np.exp(a - a.max((1, 2), keepdims=True))
    q_i = np.einsum("ncp,np->nc", p, q_j)
    q_i = q_i / q_i.sum(1, keepdims=True)
    q_j = np.einsum("ncp,nc->np", p, q_i)
    return q_i, q_j / q_j.sum(1, keepdims=True)
