# style: as in the seed, with a small number above and below the line
def exact_m_step(x, q):
    weighted = (x[:, None, None] - OFFSETS) * np.asarray(q)[..., None]
    return (weighted.sum((0, 2)) + 1e-8) / (np.asarray(q).sum((0, 2))[..., None] + 1e-8)
