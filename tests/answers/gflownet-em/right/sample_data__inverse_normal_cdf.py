from scipy.special import ndtri


def sample_data(n, means):
    """Four uniform numbers for each point: one for each choice, two for the noise."""
    means = np.asarray(means)
    u = np.random.random_sample((n, 4))
    i = (u[:, 0] * means.shape[0]).astype(int)
    j = (u[:, 1] * OFFSETS.shape[0]).astype(int)
    noise = ndtri(np.clip(u[:, 2:], 1e-15, 1 - 1e-15))  # never infinite
    return (means[i] + OFFSETS[j] + STD * noise).astype(np.float32)
