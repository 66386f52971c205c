# mistake: only the first petal's probabilities are used
# credit: 2-4
# keywords: petal|first|all petals|sum
def exact_m_step(x, q):
    w = q[:, :, 0]
    return w.T @ (x - OFFSETS[0]) / np.maximum(w.sum(0), 1e-8)[:, None]
