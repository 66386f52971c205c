# mistake: returns shape (N,) instead of (N, 1)
# expect: partial
# credit: 3.5-4.5
def make_data(N, logits, means, lsigmas):
    p = np.exp(np.array(logits, dtype=np.float64))
    z = np.random.choice(len(p), size=N, p=p / p.sum())
    return np.random.normal(np.array(means)[z], np.exp(np.array(lsigmas)[z]))
