# style: NumPy, np.random.choice with own softmax, np.random.normal with arrays
def make_data(N, logits, means, lsigmas):
    logits = np.array(logits, dtype=np.float64)
    p = np.exp(logits - np.max(logits))
    p /= p.sum()
    comp = np.random.choice(len(p), size=N, p=p)
    return np.random.normal(np.array(means)[comp], np.exp(np.array(lsigmas)[comp])).reshape(N, 1)
