# mistake: components are drawn uniformly, the mixing weights are ignored
# expect: partial
# credit: 1.5-3
def make_data(N, logits, means, lsigmas):
    z = np.random.randint(0, len(means), size=N)
    x = np.random.normal(np.array(means)[z], np.exp(np.array(lsigmas)[z]))
    return x.reshape(-1, 1)
