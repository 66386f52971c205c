def data_log_likelihood(x, means):
    """The petals are the corners (+-a, +-a) of a square, so the sum over the four is a product over the two coordinates.

    exp(-(r - a)^2 / 2 s^2) + exp(-(r + a)^2 / 2 s^2) = exp(-(r^2 + a^2) / 2 s^2) * 2 cosh(r a / s^2)
    """
    a = np.abs(OFFSETS[0]).astype("float64")
    r = np.asarray(x, dtype="float64")[:, None] - np.asarray(means, dtype="float64")  # (N, C, 2)
    t = r * a / STD**2
    log_two_cosh = np.logaddexp(t, -t)
    each = (log_two_cosh - (r**2 + a**2) / (2 * STD**2)).sum(axis=-1)  # (N, C)
    total = np.logaddexp.reduce(each, axis=1)
    return np.mean(total) - np.log(2 * np.pi * STD**2) - np.log(4 * r.shape[1])
