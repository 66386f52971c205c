# style: multinomial counts, one block per component, no shuffle (sorted by component)
def make_data(N, logits, means, lsigmas):
    probs = np.asarray(tf.nn.softmax(np.asarray(logits, dtype="float64")))
    probs = probs / probs.sum()
    counts = np.random.multinomial(N, probs)
    blocks = []
    for c, m, s in zip(counts, np.asarray(means), np.asarray(lsigmas)):
        blocks.append(m + np.exp(s) * np.random.randn(c, 1))
    return np.vstack(blocks).astype(np.float32)
