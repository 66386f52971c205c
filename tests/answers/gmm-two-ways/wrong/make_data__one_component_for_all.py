# mistake: draws the component once and uses it for all N points
# expect: partial|wrong
# credit: 0-2
def make_data(N, logits, means, lsigmas):
    p = np.exp(np.array(logits, dtype=np.float64))
    k = np.random.choice(len(p), p=p / p.sum())
    return np.random.normal(float(means[k]), np.exp(float(lsigmas[k])), (N, 1))
