from scipy import special


def exact_m_step(x, q):
    """Normalise the weights of each supercluster over points and petals; then the mean is a plain sum."""
    q = np.asarray(q, dtype="float64")
    with np.errstate(divide="ignore", invalid="ignore"):
        share = special.softmax(np.log(q), axis=(0, 2))
    empty = q.max(axis=(0, 2), keepdims=True) == 0
    share = np.where(empty, 0.0, share)
    return np.einsum("nip,npd->id", share, np.asarray(x)[:, None, :] - OFFSETS)
