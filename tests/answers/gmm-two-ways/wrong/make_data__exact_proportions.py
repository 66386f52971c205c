# mistake: every component gets exactly its share of the points, so the points are not independent
# expect: partial
# credit: 2.0-2.0
# finding: exact-counts
def make_data(N, logits, means, lsigmas):
    weights = tf.nn.softmax(logits).numpy()
    counts = np.round(N * weights).astype(int)
    counts[np.argmax(counts)] += N - counts.sum()
    z = np.repeat(np.arange(len(weights)), counts)
    np.random.shuffle(z)
    x = np.array(means)[z] + np.exp(np.array(lsigmas))[z] * np.random.randn(N)
    return x[:, None].astype("float32")
