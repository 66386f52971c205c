def mean_field_step(x, means, q_j):
    # the expectation of a square differs from the square of the expectation by a constant
    expected_offset = q_j @ OFFSETS
    a = -np.sum((x[:, None] - means[None] - expected_offset[:, None]) ** 2, -1) / (2 * STD**2)
    a = a - a.max(1, keepdims=True)
    q_i = np.exp(a) / np.exp(a).sum(1, keepdims=True)
    expected_mean = q_i @ means
    b = -np.sum((x[:, None] - expected_mean[:, None] - OFFSETS[None]) ** 2, -1) / (2 * STD**2)
    b = b - b.max(1, keepdims=True)
    return q_i, np.exp(b) / np.exp(b).sum(1, keepdims=True)
