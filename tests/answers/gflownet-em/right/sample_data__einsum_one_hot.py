# style: one-hot and matmul, fixed seed
def sample_data(n, means):
    np.random.seed(7)
    i = np.eye(len(means))[np.random.randint(0, len(means), (n,))]
    j = np.eye(len(OFFSETS))[np.random.randint(0, len(OFFSETS), (n,))]
    return i @ means + j @ OFFSETS + STD * np.random.randn(n, 2)
