def merge(a, b):
    """Weight, mean and sum of squares of two disjoint blocks together (Chan, Golub and LeVeque)."""
    weight = a[0] + b[0]
    share = b[0] / np.maximum(weight, 1e-300)
    away = b[1] - a[1]
    return weight, a[1] + share * away, a[2] + b[2] + a[0] * share * away**2

# %% cell
def mstep(x, posterior):
    """Every point is a block; merge neighbouring blocks until one is left. No second pass over the data."""
    r = np.asarray(posterior, dtype="float64")
    blocks = r, np.asarray(x, dtype="float64") * np.ones_like(r), np.zeros_like(r)
    while len(blocks[0]) > 1:
        if len(blocks[0]) % 2:  # an odd number: add an empty block
            blocks = [np.vstack([part, np.zeros((1, r.shape[1]))]) for part in blocks]
        blocks = merge([part[0::2] for part in blocks], [part[1::2] for part in blocks])
    weight, mean, squares = (part[0] for part in blocks)
    weight = np.maximum(weight, 1e-30)
    lsigma = 0.5 * np.log(np.maximum(squares / weight, 1e-12))
    return tuple(part.astype("float32") for part in (np.log(weight / len(r)), mean, lsigma))
