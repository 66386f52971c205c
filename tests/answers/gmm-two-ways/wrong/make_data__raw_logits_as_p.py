# mistake: the raw logits go to np.random.choice as probabilities, which raises
# expect: error
# credit: 0-0
def make_data(N, logits, means, lsigmas):
    z = np.random.choice(len(logits), size=N, p=np.array(logits))
    return np.random.normal(np.array(means)[z], np.exp(np.array(lsigmas)[z]))[:, None]
