def sample_posterior(policy, x):
    """Go through the options in order and stop at each with its share of what is left."""

    def draw(logits):
        logits = np.asarray(logits, dtype="float64")
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        left = np.cumsum(p[:, ::-1], axis=1)[:, ::-1]  # this option and all later ones
        stop = np.random.random(p.shape) * left < p
        return np.argmax(stop, axis=1)  # the first True

    logits_i, _, _ = policy(x, tf.zeros((len(x), len(TRUE_MEANS))))
    i = draw(logits_i)
    _, logits_j, _ = policy(x, tf.one_hot(i, logits_i.shape[1]))
    return i, draw(logits_j)
