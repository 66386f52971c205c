from scipy.special import log_softmax, softmax

def mean_field_step(x, means, q_j):
    x64, m64, o64 = (np.asarray(a, np.float64) for a in (x, means, OFFSETS))
    lj = -0.5 * ((x64[:, None, None] - m64[None, :, None] - o64[None, None]) ** 2).sum(-1) / STD**2
    new_i = softmax((lj * np.asarray(q_j)[:, None, :]).sum(2), axis=1)
    new_j = np.exp(log_softmax((lj * new_i[:, :, None]).sum(1), axis=1))
    return new_i, new_j
