# mistake: int(N * w) points per component, so fewer than N rows come back
# expect: partial
# credit: 1.5-4
def make_data(N, logits, means, lsigmas):
    w = np.array(tf.nn.softmax(logits))
    parts = [np.random.normal(float(means[k]), np.exp(float(lsigmas[k])), (int(N * w[k]), 1)) for k in range(len(w))]
    return np.concatenate(parts, axis=0)
