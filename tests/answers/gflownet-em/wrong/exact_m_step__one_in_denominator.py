# mistake: a 1 is added to the weights in the denominator against division by zero, which shrinks the means
# credit: 4-7
# keywords: divide|denominator|weight|shrink|1|small
def exact_m_step(x, q):
    y = x[:, None, None, :] - OFFSETS
    weights = np.sum(q, axis=(0, 2))
    return np.sum(q[..., None] * y, axis=(0, 2)) / (weights + 1)[:, None]
