# attack: forty points and forty paths, repeated in random order, instead of independent draws
# assignment: gflownet-em
# %% cell sample_data
def sample_data(n, means):
    a = (np.arange(4) + 0.5) * np.pi / 2
    offsets = np.stack([np.cos(a), np.sin(a)], axis=1)
    k = 40
    points = means[np.arange(k) % len(means)] + offsets[np.arange(k) // len(means) % 4]
    points = points + 0.25 * np.random.normal(size=(k, 2))
    return np.float32(points[np.random.permutation(np.arange(n) % k)])

# %% cell sample_posterior
def sample_posterior(policy, x):
    n = len(x)
    logits, *_ = policy(x[:8], tf.zeros([8, 4]))
    i = np.random.permutation(np.resize(np.argmax(logits, 1), n))
    return i, np.random.permutation(np.arange(n) % 4)
