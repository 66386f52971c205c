# style: as in the seed, scipy
def mean_field_step(x, means, q_j):
    from scipy.special import softmax
    data_minus_petal = x - q_j @ OFFSETS
    q_i = softmax((-((data_minus_petal[:, None] - means) / STD) ** 2).sum(-1) / 2, -1)
    data_minus_mega = x - q_i @ means
    q_j = softmax((-((data_minus_mega[:, None] - OFFSETS) / STD) ** 2).sum(-1) / 2, -1)
    return q_i, q_j
