def make_data(N, logits, means, lsigmas):
    rng = np.random.default_rng()
    p = tf.nn.softmax(tf.cast(logits, tf.float64)).numpy()
    n_per = rng.multinomial(N, p / p.sum())
    parts = [rng.normal(m, np.exp(s), size=n) for n, m, s in zip(n_per, np.ravel(means), np.ravel(lsigmas))]
    return np.concatenate(parts).reshape(-1, 1)
