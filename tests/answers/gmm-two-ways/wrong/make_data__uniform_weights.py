# mistake: the mixing weights are ignored
# expect: partial
# credit: 2-3
# finding: weights-forgotten
def make_data(N, logits, means, lsigmas):
    z = np.random.randint(0, len(np.array(means)), N)
    return np.random.normal(np.array(means)[z], np.exp(np.array(lsigmas))[z])[:, None]
