# mistake: uniform noise
# expect: partial
# credit: 2-3
# finding: uniform-noise
def make_data(N, logits, means, lsigmas):
    z = np.random.choice(len(np.array(logits)), N, p=np.exp(logits - np.max(logits)) / np.exp(logits - np.max(logits)).sum())
    s = np.exp(np.array(lsigmas))[z]
    return (np.array(means)[z] + np.random.uniform(-s, s))[:, None]
