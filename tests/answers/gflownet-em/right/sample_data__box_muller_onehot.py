def sample_data(n, means):
    # one-hot choices and a Box-Muller transform of uniform numbers
    C = len(means)
    first = np.eye(C)[np.floor(np.random.rand(n) * C).astype(int)]
    second = np.eye(4)[np.floor(np.random.rand(n) * 4).astype(int)]
    radius = np.sqrt(-2 * np.log(1 - np.random.rand(n)))
    angle = 2 * np.pi * np.random.rand(n)
    noise = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return first @ means + second @ OFFSETS + STD * noise
